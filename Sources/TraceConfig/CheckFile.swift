import TraceModel
import TraceQL

/// What a program's runs must keep to: limits, and objectives.
package struct CheckFile: Sendable {
    package let limits: [RunLimits]
    package let levels: [ServiceLevel]

    /// - Throws: ``ConfigError``.
    package static func read(_ path: String) throws -> CheckFile {
        try CheckFile(YAMLFile.documents(path), file: path)
    }

    package static func parse(_ text: String, file: String) throws -> CheckFile {
        try CheckFile(YAMLFile.documents(text, file: file), file: file)
    }

    private init(_ documents: [ConfigValue], file: String) throws {
        limits = try documents.filter { !$0.has("apiVersion") }.flatMap { document in
            try document.mapping(["slos", "checks"])["checks"]?.list().map(RunLimits.init) ?? []
        }
        levels = try ServiceLevel.levels(documents, file: file, mayBeNone: true)
        var names = Set(levels.map(\.name))
        for limit in limits where !names.insert(limit.name).inserted {
            throw ConfigError(limit.place, expected: "names that differ", found: "'\(limit.name)' again")
        }
        if limits.isEmpty, levels.isEmpty {
            throw ConfigError(
                ConfigPlace(file: file), expected: "limits under checks, objectives under slos, or OpenSLO documents",
                found: "none")
        }
    }
}

/// How long runs may take, how often they may fail, what they may use.
package struct RunLimits: Sendable {
    package enum Measure: String, Sendable, CaseIterable {
        /// Durations of runs.
        case p50, p95, p99, max
        /// The share that may fail.
        case errorRate = "error_rate"
        /// Means over the runs that say them.
        case costUSD = "cost_usd"
        case tokens
        /// So many runs at least.
        case runs
    }

    package let name: String
    /// For messages.
    package let place: ConfigPlace
    /// It takes the runs in which any span meets them all.
    package let conditions: [SpanQuery]
    /// What to group by; empty for one group of all.
    package let by: [String]
    /// Nanoseconds for durations, else in the measure's unit; in the order of ``Measure``.
    package let limits: [(measure: Measure, value: Double)]

    init(_ value: ConfigValue) throws {
        let measures = Measure.allCases.map(\.rawValue)
        let keys = try value.mapping(["name", "where", "by"] + measures)
        name = try keys.required("name").name()
        place = value.place
        conditions = try keys["where"]?.listOrOne().map { try $0.condition() } ?? []
        by = try keys["by"]?.fieldNames() ?? []
        limits = try Measure.allCases.compactMap { measure in
            try keys[measure.rawValue].map { (measure, try $0.limit(of: measure)) }
        }
        if limits.isEmpty {
            throw value.error(expected: "a limit: \(measures.joined(separator: ", "))", found: "none")
        }
    }
}

extension ConfigValue {
    fileprivate func limit(of measure: RunLimits.Measure) throws -> Double {
        switch measure {
        case .p50, .p95, .p99, .max: return Double(try duration())
        case .errorRate: return try share("a share such as 1% or 0.01")
        case .costUSD, .tokens, .runs:
            let number = try number()
            if number < 0 { throw error(expected: "0 or more") }
            return number
        }
    }
}
