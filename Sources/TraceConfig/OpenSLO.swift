import TraceModel
import TraceQL

/// Documents of OpenSLO v1 (https://github.com/OpenSLO/OpenSLO): objectives, and the indicators that they refer to.
///
/// A metric source of the type `ttaq` has a query of ours as its `spec`: `where`, one condition or a list of them;
/// `roots`, true to count runs only; and for a threshold metric `of`, the number that is compared: `duration`, or an
/// attribute.
struct OpenSLO {
    private let documents: [ConfigValue]
    /// Of SLI documents, by name: their spec.
    private var indicators: [String: ConfigValue] = [:]

    private static let version = "openslo/v1"
    /// What a document may be that is none of ours to read.
    private static let otherKinds = [
        "AlertCondition", "AlertNotificationTarget", "AlertPolicy", "DataSource", "Service",
    ]
    private static let documentKeys = ["apiVersion", "kind", "metadata", "spec"]
    private static let metadataKeys = ["name", "displayName", "labels", "annotations"]

    init(_ documents: [ConfigValue]) throws {
        var objectives: [ConfigValue] = []
        for document in documents {
            if document.text(of: "apiVersion") != Self.version {
                let value = try document.mapping(Self.documentKeys).required("apiVersion")
                throw value.error(expected: Self.version)
            }
            let kind = document.text(of: "kind") ?? ""
            if Self.otherKinds.contains(kind) { continue }
            let keys = try document.mapping(Self.documentKeys)
            switch kind {
            case "SLO": objectives.append(document)
            case "SLI":
                let name = try keys.required("metadata").mapping(Self.metadataKeys).required("name").name()
                if indicators.updateValue(try keys.required("spec"), forKey: name) != nil {
                    throw document.error(expected: "names that differ", found: "the SLI '\(name)' again")
                }
            default:
                let kinds = ["SLO", "SLI"] + Self.otherKinds
                throw try keys.required("kind").error(
                    expected: "one of \(kinds.joined(separator: ", "))",
                    nearest: Spelling.nearest(to: kind, among: kinds))
            }
        }
        self.documents = objectives
    }

    /// One an objective, in the order of the documents.
    func levels() throws -> [ServiceLevel] { try documents.flatMap(levels) }

    private func levels(_ document: ConfigValue) throws -> [ServiceLevel] {
        let keys = try document.mapping(Self.documentKeys)
        let name = try keys.required("metadata").mapping(Self.metadataKeys).required("name").name()
        let spec = try keys.required("spec").mapping([
            "description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives",
            "alertPolicies",
        ])
        try checkBudgeting(spec)
        let window = try spec["timeWindow"].map(window)
        let indicator = try indicator(spec)
        let objectives = try spec.required("objectives").list()
        if objectives.isEmpty { throw try spec.required("objectives").error(expected: "at least one objective") }
        if indicator.isThreshold, objectives.count > 1 {
            throw objectives[1].error(expected: "one objective with a thresholdMetric", found: "another one")
        }
        return try objectives.enumerated().map { index, value in
            let objective = try value.mapping([
                "displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow",
            ])
            for key in ["timeSliceTarget", "timeSliceWindow"] {
                try objective.refuse(key, expected: "no time slices: budgetingMethod Occurrences")
            }
            let own = try objective["displayName"]?.name() ?? String(index + 1)
            let (conditions, good) = try indicator.measure(objective)
            return ServiceLevel(
                name: objectives.count == 1 ? name : "\(name)/\(own)", place: value.place, conditions: conditions,
                rootsOnly: indicator.rootsOnly, by: [], good: good, target: try Self.target(objective),
                windowNanos: window)
        }
    }

    private func checkBudgeting(_ spec: ConfigMapping) throws {
        let method = try spec.required("budgetingMethod")
        switch try method.text("Occurrences") {
        case "Occurrences": return
        case "Timeslices", "RatioTimeslices":
            throw method.error(expected: "Occurrences (good spans are counted, not slices of time)")
        default:
            throw method.error(
                expected: "Occurrences",
                nearest: Spelling.nearest(to: try method.text(), among: ["Occurrences"]))
        }
    }

    private func window(_ value: ConfigValue) throws -> UInt64 {
        let windows = try value.list()
        guard windows.count == 1 else {
            throw value.error(expected: "exactly one window", found: "\(windows.count)")
        }
        let keys = try windows[0].mapping(["duration", "isRolling", "calendar"])
        let rolling = "a rolling window (isRolling: true); calendar windows are not counted"
        try keys.refuse("calendar", expected: rolling)
        if let isRolling = keys["isRolling"], try !isRolling.flag() { throw isRolling.error(expected: rolling) }
        return try keys.required("duration").window()
    }

    /// From 0, below 1.
    private static func target(_ objective: ConfigMapping) throws -> Double {
        if let percent = objective["targetPercent"] {
            try objective.refuse("target", expected: "either target or targetPercent")
            let expected = "percent from 0, below 100"
            let number = try percent.number(expected)
            if !(0..<100).contains(number) { throw percent.error(expected: expected) }
            return number / 100
        }
        let target = try objective.required("target")
        let expected = "a share from 0, below 1, such as 0.99"
        let number = try target.number(expected)
        if !(0..<1).contains(number) { throw target.error(expected: expected) }
        return number
    }
}

// MARK: - Indicators
extension OpenSLO {
    private func indicator(_ spec: ConfigMapping) throws -> Indicator {
        if let reference = spec["indicatorRef"] {
            try spec.refuse("indicator", expected: "either indicator or indicatorRef")
            let name = try reference.name()
            guard let found = indicators[name] else {
                throw reference.error(
                    expected: "the name of an SLI document in this file",
                    nearest: Spelling.nearest(to: name, among: indicators.keys.sorted()))
            }
            return try Indicator(found)
        }
        let indicator = try spec.required("indicator").mapping(["metadata", "spec"])
        return try Indicator(try indicator.required("spec"))
    }
}

/// What an SLI measures.
private struct Indicator {
    private enum Measure {
        case good([SpanQuery])
        case bad([SpanQuery])
        /// The name of a number.
        case threshold(of: ConfigValue?)
    }

    private let measure: Measure
    private let total: [SpanQuery]
    let rootsOnly: Bool

    var isThreshold: Bool {
        if case .threshold = measure { true } else { false }
    }

    init(_ spec: ConfigValue) throws {
        let keys = try spec.mapping(["description", "ratioMetric", "thresholdMetric"])
        if let threshold = keys["thresholdMetric"] {
            try keys.refuse("ratioMetric", expected: "either ratioMetric or thresholdMetric")
            let query = try Self.query(threshold, ["where", "roots", "of"])
            measure = .threshold(of: query["of"])
            (total, rootsOnly) = (try Self.conditions(query), try query["roots"]?.flag() ?? false)
            return
        }
        let ratio = try keys.required("ratioMetric").mapping(["counter", "good", "bad", "total", "raw", "rawType"])
        for key in ["raw", "rawType"] {
            try ratio.refuse(key, expected: "good or bad, and total; ready-made ratios are not read")
        }
        let query = try Self.query(ratio.required("total"), ["where", "roots"])
        (total, rootsOnly) = (try Self.conditions(query), try query["roots"]?.flag() ?? false)
        if let bad = ratio["bad"] {
            try ratio.refuse("good", expected: "either good or bad")
            measure = .bad(try Self.required(bad))
        } else {
            measure = .good(try Self.required(try ratio.required("good")))
        }
    }

    /// The spec of a metric's source.
    private static func query(_ metric: ConfigValue, _ specKeys: [String]) throws -> ConfigMapping {
        let source = try metric.mapping(["metricSource"]).required("metricSource").mapping([
            "metricSourceRef", "type", "spec",
        ])
        let type = try source.required("type")
        if try type.text("ttaq") != "ttaq" { throw type.error(expected: "ttaq") }
        return try source.required("spec").mapping(specKeys)
    }

    private static func conditions(_ query: ConfigMapping) throws -> [SpanQuery] {
        try query["where"]?.listOrOne().map { try $0.condition() } ?? []
    }

    /// At least one.
    private static func required(_ metric: ConfigValue) throws -> [SpanQuery] {
        let query = try query(metric, ["where"])
        let conditions = try conditions(query)
        if conditions.isEmpty { throw query.whole.error(expected: "the key where", found: "none") }
        return conditions
    }

    /// The conditions on all spans that count, and which of them are good.
    func measure(_ objective: ConfigMapping) throws -> ([SpanQuery], ServiceLevel.Good) {
        if case .threshold(let of) = measure {
            let (present, holds) = try Self.comparison(of, objective)
            return (total + [SpanQuery(present)], .meeting([SpanQuery(holds)]))
        }
        for key in ["op", "value"] { try objective.refuse(key, expected: "op and value only with a thresholdMetric") }
        if case .bad(let bad) = measure { return (total, .failing(bad)) }
        guard case .good(let good) = measure else { preconditionFailure("a ratio is of good or of bad") }
        return (total, .meeting(good))
    }

    /// Whether a span has the number, and whether the number is as the objective wants it.
    private static func comparison(
        _ of: ConfigValue?, _ objective: ConfigMapping
    ) throws -> (present: FieldExpression, holds: FieldExpression) {
        let name = try of?.name() ?? "duration"
        let present = try present(name, of ?? objective.whole)
        let op = try objective.required("op")
        guard let sign = ["lte": "<=", "gte": ">=", "lt": "<", "gt": ">"][try op.text()] else {
            throw op.error(expected: "lte, gte, lt or gt")
        }
        let value = try objective.required("value")
        var literal = try value.text("a number")
        if name == "duration" {
            let expected = "milliseconds, or a length of time such as 2s"
            let nanos = try Double(literal).map { $0 * 1e6 } ?? Double(value.duration(expected))
            if !(nanos >= 0 && nanos < 9.2e18) { throw value.error(expected: expected) }
            literal = "\(UInt64(nanos.rounded()))ns"
        } else {
            _ = try value.number()
        }
        do {
            return (present, try FieldExpression(parsing: "\(name) \(sign) \(literal)"))
        } catch {
            throw value.error(expected: "a number as conditions have it, such as 500 or 0.5")
        }
    }

    /// Whether a span has a number of that name.
    private static func present(_ name: String, _ place: ConfigValue) throws -> FieldExpression {
        do {
            let condition = try FieldExpression(parsing: "\(name) != nil")
            if case .binary(.notEqual, let left, _) = condition.node, case .field = left.node { return condition }
        } catch {
            // No name either.
        }
        throw place.error(expected: "the name of a number")
    }
}
