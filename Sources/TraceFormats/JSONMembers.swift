import JSONText

/// The members of one object and where each value stands, for formats in which one member decides how another is read.
struct JSONMembers {
    /// In the order of the text; each reader stands before the value.
    let all: [(key: String, value: JSONReader)]

    /// - Parameters:
    ///   - name: What to call a key.
    ///   - taking: Reads a value itself and says so: it is no member then.
    /// - Throws: `JSONSyntaxError` where it is no JSON or no object; what `taking` throws.
    init(
        _ reader: inout JSONReader, name: (String) -> String = { $0 },
        taking: (inout JSONReader, String) throws -> Bool = { _, _ in false }
    ) throws {
        var all: [(key: String, value: JSONReader)] = []
        try reader.object { reader, key in
            if try taking(&reader, key) { return }
            all.append((name(key), reader))
            try reader.skip()
        }
        self.all = all
    }

    /// The first value of that key, unless it is null.
    subscript(key: String) -> JSONReader? {
        guard var reader = all.first(where: { $0.key == key })?.value else { return nil }
        return reader.isNull ? nil : reader
    }

    /// The text under `key`; empty when there is none.
    ///
    /// - Throws: `JSONSyntaxError` for a value of another type.
    func text(_ key: String) throws -> String {
        guard var reader = self[key] else { return "" }
        return try reader.text()
    }

    /// - Returns: The elements of the list under `key`; none when there is no list.
    /// - Throws: `JSONSyntaxError` for a value that is no list.
    func elements(_ key: String) throws -> [JSONReader] {
        guard var reader = self[key] else { return [] }
        var elements: [JSONReader] = []
        try reader.array { reader in
            elements.append(reader)
            try reader.skip()
        }
        return elements
    }
}

extension JSONReader {
    fileprivate var isNull: Bool {
        mutating get {
            do { return try peek() == .null } catch { return false }
        }
    }

    /// Whether an object comes next.
    var isObject: Bool {
        mutating get {
            do { return try peek() == .object } catch { return false }
        }
    }
}
