import TraceQL

/// A service level objective, as a file states it.
package struct ServiceLevel: Sendable {
    /// Which spans are good.
    package enum Good: Sendable {
        /// No errors; with a length of time in nanoseconds, that take no longer.
        case succeeding(withinNanos: UInt64?)
        case meeting([SpanQuery])
        case failing([SpanQuery])
    }

    package let name: String
    /// For messages.
    package let place: ConfigPlace
    /// What all spans meet that count.
    package let conditions: [SpanQuery]
    /// Whether only runs count: spans without a parent.
    package let rootsOnly: Bool
    /// What to group by; empty for one group of all.
    package let by: [String]
    package let good: Good
    /// The share that must be good, from 0 through 1.
    package let target: Double
    /// How far back from the end spans count; `nil` for all.
    package let windowNanos: UInt64?

    /// One that no file states.
    ///
    /// - Parameters:
    ///   - name: Of the objective, and of its place in messages.
    ///   - windowNanos: How far back from the end spans count; `nil` for all.
    package init(
        name: String, where conditions: [SpanQuery] = [], rootsOnly: Bool, by: [String] = [], good: Good,
        target: Double, windowNanos: UInt64? = nil
    ) {
        self.init(
            name: name, place: ConfigPlace(file: name), conditions: conditions, rootsOnly: rootsOnly, by: by,
            good: good, target: target, windowNanos: windowNanos)
    }

    init(
        name: String, place: ConfigPlace, conditions: [SpanQuery], rootsOnly: Bool, by: [String], good: Good,
        target: Double, windowNanos: UInt64?
    ) {
        self.name = name
        self.place = place
        self.conditions = conditions
        self.rootsOnly = rootsOnly
        self.by = by
        self.good = good
        self.target = target
        self.windowNanos = windowNanos
    }

    /// All objectives of a file, in its order: documents of our own form, of OpenSLO, or of both.
    ///
    /// - Throws: ``ConfigError``.
    package static func read(_ path: String) throws -> [ServiceLevel] {
        try levels(YAMLFile.documents(path), file: path)
    }

    package static func parse(_ text: String, file: String) throws -> [ServiceLevel] {
        try levels(YAMLFile.documents(text, file: file), file: file)
    }

    /// - Parameter mayBeNone: Whether a file without objectives will do.
    static func levels(
        _ documents: [ConfigValue], file: String, mayBeNone: Bool = false
    ) throws -> [ServiceLevel] {
        let (own, open) = (documents.filter { !$0.has("apiVersion") }, documents.filter { $0.has("apiVersion") })
        let opened = try OpenSLO(open).levels()
        let levels = try own.flatMap(ownLevels) + opened
        var names: Set<String> = []
        for level in levels where !names.insert(level.name).inserted {
            throw ConfigError(level.place, expected: "names that differ", found: "'\(level.name)' again")
        }
        if levels.isEmpty, !mayBeNone {
            throw ConfigError(
                ConfigPlace(file: file), expected: "objectives: a list under slos, or OpenSLO documents", found: "none")
        }
        return levels
    }

    private static func ownLevels(_ document: ConfigValue) throws -> [ServiceLevel] {
        let keys = try document.mapping(["slos", "checks"])
        // A file may have limits for `check` alone.
        guard let list = try keys["checks"] == nil ? keys.required("slos") : keys["slos"] else { return [] }
        return try list.list().map { value in
            let keys = try value.mapping([
                "name", "description", "where", "roots", "by", "target", "threshold", "window",
            ])
            return ServiceLevel(
                name: try keys.required("name").name(), place: value.place,
                conditions: try keys["where"]?.listOrOne().map { try $0.condition() } ?? [],
                rootsOnly: try keys["roots"]?.flag() ?? false,
                by: try keys["by"]?.fieldNames() ?? [],
                good: .succeeding(withinNanos: try keys["threshold"]?.duration()),
                target: try keys.required("target").share(),
                windowNanos: try keys["window"]?.window())
        }
    }
}

extension ConfigValue {
    /// From 0 through 1, as such or in percent.
    func share(_ expected: String = "a share such as 99% or 0.99") throws -> Double {
        let text = try text(expected)
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text),
            case let share = isPercent ? number / 100 : number, (0...1).contains(share)
        else {
            throw error(expected: expected)
        }
        return share
    }

    /// Names with commas between, or a list of them.
    func fieldNames() throws -> [String] {
        let names = try listOrOne().flatMap { value in
            try value.name().split(separator: ",", omittingEmptySubsequences: false).map { name in
                String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
        }
        if names.contains("") || Set(names).count < names.count {
            throw error(expected: "names with commas between, each once")
        }
        return names
    }

    /// A window's length in nanoseconds.
    func window() throws -> UInt64 {
        let expected = "a length such as 28d or 4w (months, quarters and years have no fixed length)"
        let nanos = try duration(expected)
        if nanos == 0 { throw error(expected: expected) }
        return nanos
    }
}
