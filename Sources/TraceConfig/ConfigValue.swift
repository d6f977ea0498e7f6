import TraceModel
import TraceQL
import Yams

/// One value of a file of settings, with its place.
struct ConfigValue {
    let place: ConfigPlace
    private let node: Node

    /// - Parameter place: Its line and column are the node's where it knows them.
    init(_ node: Node, _ place: ConfigPlace) {
        self.node = node
        self.place = ConfigPlace(
            file: place.file, line: node.mark?.line ?? place.line, column: node.mark?.column ?? place.column,
            path: place.path)
    }

    /// Whether nothing stands there, or a word for nothing.
    var isNothing: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return [.plain, .any].contains(scalar.style) && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var isList: Bool {
        if case .sequence = node { true } else { false }
    }

    private var kind: String {
        switch node {
        case .scalar(let scalar): isNothing ? "nothing" : "'\(Self.shortened(scalar.string))'"
        case .mapping: "keys with values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private static func shortened(_ text: String) -> String { text.count > 60 ? text.prefix(59) + "…" : text }

    /// - Parameter found: What stands there, unless told.
    func error(expected: String, found: String? = nil, nearest: String? = nil) -> ConfigError {
        ConfigError(place, expected: expected, found: found ?? kind, nearest: nearest)
    }

    /// - Parameter keys: All that it may have.
    func mapping(_ keys: [String]) throws -> ConfigMapping {
        guard case .mapping(let mapping) = node else {
            throw error(expected: "keys with values (\(keys.joined(separator: ", ")))")
        }
        var values: [String: ConfigValue] = [:]
        for (key, node) in mapping {
            guard case .scalar(let scalar) = key else {
                throw ConfigValue(key, place).error(expected: "the name of a key")
            }
            let name = scalar.string
            if !keys.contains(name) {
                throw ConfigValue(key, place).error(
                    expected: "one of \(keys.joined(separator: ", "))", found: "'\(Self.shortened(name))'",
                    nearest: Spelling.nearest(to: name, among: keys))
            }
            let path = place.path.isEmpty ? name : "\(place.path).\(name)"
            let mark = key.mark
            let inner = ConfigPlace(file: place.file, line: mark?.line ?? 0, column: mark?.column ?? 0, path: path)
            values[name] = ConfigValue(node, inner)
        }
        return ConfigMapping(whole: self, values: values)
    }

    /// Whether it has a key, whatever else it has.
    func has(_ key: String) -> Bool {
        if case .mapping(let mapping) = node { mapping[Node(key)] != nil } else { false }
    }

    /// The text of a key, whatever else there is.
    func text(of key: String) -> String? {
        if case .mapping(let mapping) = node { mapping[Node(key)]?.scalar?.string } else { nil }
    }

    func list() throws -> [ConfigValue] {
        guard case .sequence(let nodes) = node else { throw error(expected: "a list") }
        return nodes.enumerated().map { index, node in
            ConfigValue(
                node,
                ConfigPlace(file: place.file, line: place.line, column: place.column, path: "\(place.path)[\(index)]"))
        }
    }

    /// A list, or one value alone.
    func listOrOne() throws -> [ConfigValue] { isList ? try list() : [self] }

    /// - Parameter expected: For the message.
    func text(_ expected: String = "a text") throws -> String {
        guard case .scalar(let scalar) = node, !isNothing else { throw error(expected: expected) }
        return scalar.string
    }

    func name() throws -> String {
        let text = try text("a name")
        if text.isEmpty { throw error(expected: "a name", found: "an empty text") }
        return text
    }

    func flag() throws -> Bool {
        switch try text("true or false") {
        case "true": true
        case "false": false
        default: throw error(expected: "true or false")
        }
    }

    func number(_ expected: String = "a number") throws -> Double {
        guard let number = Double(try text(expected)), number.isFinite else { throw error(expected: expected) }
        return number
    }

    /// A length of time, in nanoseconds.
    func duration(_ expected: String = "a length of time such as 500ms, 2s or 30d") throws -> UInt64 {
        guard let nanos = DurationText.parse(try text(expected)) else { throw error(expected: expected) }
        return nanos
    }

    /// A condition on spans, in the language of `--where`.
    func condition() throws -> SpanQuery {
        let text = try text("a condition such as 'status = error'")
        do {
            return try SpanQuery(parsing: text)
        } catch {
            throw self.error(
                expected: "a condition, at its character \(error.range.lowerBound + 1) \(error.expected)",
                found: error.found)
        }
    }
}

/// The keys of a ``ConfigValue``, all of them known.
struct ConfigMapping {
    let whole: ConfigValue
    fileprivate let values: [String: ConfigValue]

    fileprivate init(whole: ConfigValue, values: [String: ConfigValue]) {
        self.whole = whole
        self.values = values
    }

    /// `nil` where there is no such key. A key without a value is there.
    subscript(key: String) -> ConfigValue? { values[key] }

    func required(_ key: String) throws -> ConfigValue {
        guard let value = values[key] else { throw whole.error(expected: "the key \(key)", found: "none") }
        return value
    }

    /// Refuses a key with a reason.
    func refuse(_ key: String, expected: String) throws {
        if let value = values[key] { throw value.error(expected: expected, found: "\(key)") }
    }
}
