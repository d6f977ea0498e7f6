import TraceModel

/// The attribute keys that one preparer has met, and what it knows of each.
struct AttributeKeys {
    private struct Key {
        let text: String
        /// What the alias table says of it.
        let entry: AliasTable.Entry?
        let mark: Mark?
        /// Values that may stand in layouts.
        var constants = ByteDictionary()
        var hasTooManyConstants = false
    }

    /// Keys that tell a model call, or several numbers.
    enum Mark: Equatable {
        case requestType, promptTokens
        case details(UsageDetails)
    }

    /// A key with more distinct values than this keeps them with the spans.
    private static let constantsPerKey = 32
    private static let constantBytes = 64

    private var dictionary = ByteDictionary()
    private var all: [Key] = []

    var count: Int { all.count }

    mutating func index(of bytes: UnsafeRawBufferPointer) -> Int {
        let (index, isNew) = dictionary.index(of: bytes)
        if isNew { all.append(Self.key(dictionary.text(index))) }
        return index
    }

    func text(_ index: Int) -> String { all[index].text }

    func entry(_ index: Int) -> AliasTable.Entry? { all[index].entry }

    func mark(_ index: Int) -> Mark? { all[index].mark }

    private static func key(_ text: String) -> Key {
        let entry = AliasTable.standard[text]
        let mark: Mark? =
            switch text {
            case "llm.request.type": .requestType
            case "llm.prompt_tokens": .promptTokens
            default: UsageDetails(rawValue: text).map { .details($0) }
            }
        return Key(text: text, entry: entry, mark: mark)
    }

    /// The number of a text among the constants of its key; `nil` when it must stand with the span.
    mutating func constant(_ bytes: UnsafeRawBufferPointer, of key: Int) -> Int? {
        guard bytes.count <= Self.constantBytes, !all[key].hasTooManyConstants else { return nil }
        let index = all[key].constants.index(of: bytes).index
        if index < Self.constantsPerKey { return index }
        all[key].hasTooManyConstants = true
        return nil
    }

    func constant(_ index: Int, of key: Int) -> String { all[key].constants.text(index) }

    mutating func removeAll() { self = AttributeKeys() }
}
