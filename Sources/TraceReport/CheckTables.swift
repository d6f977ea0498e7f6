import Foundation
import Mustache
import TraceConfig
import TraceModel
import TraceQuery

extension LimitCheck {
    /// All rows in base units: milliseconds, shares, US dollars, tokens, runs.
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("check", .text), Column("group", .text), Column("measure", .plain), Column("limit", .number),
                Column("value", .number), Column("count", .count), Column("status", .plain), Column("reason", .text),
            ],
            rows: rows.map { row in
                [
                    .text(row.name), row.group.isEmpty ? .null : .text(row.groupText), .optional(row.measure?.name),
                    .optional(row.inUnit(row.limit)), .optional(row.inUnit(row.value)), .count(row.count),
                    .text(row.status.rawValue), .optional(row.reason?.text),
                ]
            })
    }

    /// The same for people, what failed first.
    package var shortTable: ResultTable {
        let ordered = rows.filter { $0.status != .ok } + rows.filter { $0.status == .ok }
        return ResultTable(
            columns: [
                Column("status", .plain), Column("check", .text), Column("of", .text, rank: 1),
                Column("measure", .plain), Column("value", .plain), Column("limit", .plain),
                Column("count", .count, rank: 2),
            ],
            rows: ordered.map { row in
                [
                    .text(row.status.rawValue), .text(row.name), row.group.isEmpty ? .null : .text(row.groupWords),
                    .optional(row.measure?.name ?? row.reason?.text), .text(row.text(row.value)),
                    .text(row.limitText), .count(row.count),
                ]
            })
    }

    /// As JUnit's XML, in which a check is a test and what it is of its name.
    ///
    /// - Throws: What the template library throws of a template that is not one: a fault of this program's.
    package func junit() throws -> String {
        let template = try MustacheTemplate(string: String(decoding: PackageResources.junit_mustache, as: UTF8.self))
        return template.render(
            [
                "tests": rows.count, "failures": rows.count { $0.status != .ok },
                "cases": rows.map { row in
                    let name = [row.groupText, row.measure?.name ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
                    var fields = ["class": row.name, "name": name.isEmpty ? row.name : name]
                    if row.status != .ok { fields["failure"] = row.sentence }
                    return fields.mapValues { HumanText.printable($0).escapedForMarkup }
                },
            ] as [String: Any])
    }
}

extension LimitCheck.Reason {
    fileprivate var text: String {
        switch self {
        case .unknownName(let error): error.text
        case .tooFewRuns(let before, let here):
            "too few runs to compare: \(HumanText.count(before)) in the baseline, \(HumanText.count(here)) here"
        case .nothingWorse(let comparisons):
            "nothing is worse by more than chance, of \(HumanText.count(comparisons)) comparisons"
        }
    }
}

extension LimitCheck.Measure {
    var name: String {
        switch self {
        case .limit(let measure): measure.rawValue
        case .compliance: "compliance"
        case .regression(let metric): metric.rawValue.replacing("_ms", with: "")
        }
    }
}

extension LimitCheck.Row {
    fileprivate var groupText: String {
        group.map { "\($0.field)=\($0.value?.scalarText ?? "")" }.joined(separator: ", ")
    }

    fileprivate var groupWords: String { group.map { $0.value?.scalarText ?? "-" }.joined(separator: ", ") }

    private var unit: Column.Unit {
        switch measure {
        case .limit(let measure):
            switch measure {
            case .p50, .p95, .p99, .max: .milliseconds
            case .errorRate: .ratio
            case .costUSD: .usd
            case .tokens, .runs: .number
            }
        case .compliance: .ratio
        case .regression(let metric):
            switch metric {
            case .p50, .p95, .p99: .milliseconds
            case .errorRate, .hitRate, .criticalShare, .occurrence: .ratio
            case .cost: .usd
            case .tokens, .runsPerHour: .number
            }
        case nil: .plain
        }
    }

    fileprivate func inUnit(_ value: Double?) -> Double? { unit == .milliseconds ? value.map { $0 / 1e6 } : value }

    fileprivate func text(_ value: Double?) -> String {
        HumanText.cell(.optional(inUnit(value)), unit, .plain)
    }

    fileprivate var limitText: String {
        switch measure {
        case .limit(.runs), .compliance: "≥ " + text(limit)
        case .limit: "≤ " + text(limit)
        case .regression: "was " + text(limit)
        case nil: "-"
        }
    }

    fileprivate var sentence: String {
        if let reason { return reason.text }
        if status == .noData { return "nothing was measured" }
        return "\(measure?.name ?? name) is \(text(value)), \(limitText)"
    }
}
