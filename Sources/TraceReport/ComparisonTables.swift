import TraceModel
import TraceQuery

extension Comparison {
    /// All rows in base units.
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("metric", .plain), Column("group", .text), Column("a", .number), Column("b", .number),
                Column("a_count", .count), Column("b_count", .count), Column("change", .ratio),
                Column("significant", .plain), Column("p_value", .number), Column("effect", .number),
                Column("effect_low", .number), Column("effect_high", .number),
            ],
            rows: rows.map { row in
                [
                    .text(row.metric.rawValue), row.group.isEmpty ? .null : .text(row.groupText),
                    .optional(row.inUnit(row.a)), .optional(row.inUnit(row.b)), .count(row.aCount), .count(row.bCount),
                    .optional(row.change), row.isSignificant.map { .flag($0) } ?? .null, .optional(row.p),
                    .optional(row.effect), .optional(row.interval?.lowerBound), .optional(row.interval?.upperBound),
                ]
            })
    }

    /// What a reader wants first: what is more than chance, with what each side says, in units of its own. Rows that say the same
    /// of several groups are one.
    ///
    /// - Parameters:
    ///   - showsAll: Whether other rows stand there too.
    ///   - limit: How many rows.
    ///   - sides: What they are called.
    /// - Returns: The table, and how many rows it would have without the limit.
    package func shortTable(
        showsAll: Bool, limit: Int, sides: (a: String, b: String) = ("a", "b")
    ) -> (table: ResultTable, count: Int) {
        var merged: [(row: Row, others: Int)] = []
        var places: [[String]: Int] = [:]
        for row in rows where showsAll || row.isSignificant == true {
            let says = [row.words, row.text(row.a), row.text(row.b), "\(row.aCount) \(row.bCount) \(row.effect ?? 0)"]
            if let place = places[says] {
                merged[place].others += 1
            } else {
                places[says] = merged.count
                merged.append((row, 0))
            }
        }
        let table = ResultTable(
            columns: [
                Column("what", .plain), Column("of", .text), Column("a", .plain, title: sides.a),
                Column("b", .plain, title: sides.b), Column("change", .plain, rank: 1),
                Column("effect", .plain, rank: 2), Column("a_count", .count, title: "\(sides.a) of", rank: 3),
                Column("b_count", .count, title: "\(sides.b) of", rank: 4),
            ] + (showsAll ? [Column("significant", .plain)] : []),
            rows: merged.prefix(limit).map { row, others in
                [
                    .text(row.words), .text(row.groupWords + (others > 0 ? " (+\(others))" : "")),
                    .text(row.text(row.a)), .text(row.text(row.b)), .text(row.changeText),
                    .text(row.effect.map { HumanText.signedEffect($0) } ?? "-"), .count(row.aCount), .count(row.bCount),
                ] + (showsAll ? [.text(row.isSignificant.map { $0 ? "yes" : "no" } ?? "-")] : [])
            })
        return (table, merged.count)
    }

    /// How many rows are more than chance.
    package var significantRows: Int { rows.count { $0.isSignificant == true } }
}

extension Comparison.Row {
    fileprivate var groupText: String {
        group.map { "\($0.field)=\($0.value?.scalarText ?? "")" }.joined(separator: ", ")
    }

    fileprivate func inUnit(_ value: Double?) -> Double? { metric.isDuration ? value.map { $0 / 1e6 } : value }

    fileprivate var words: String {
        switch metric {
        case .runsPerHour: "runs an hour"
        case .errorRate: group.isEmpty || group[0].field == "workflow.name" ? "failed runs" : "errors"
        case .p50, .p95, .p99: String(metric.rawValue.dropLast(3))
        case .tokens: group.first?.field == "llm.model_name" ? "tokens a call" : "tokens a run"
        case .cost: group.first?.field == "llm.model_name" ? "cost a call" : "cost a run"
        case .hitRate: "hit rate"
        case .criticalShare: "of the critical path"
        case .occurrence: aCount == 0 ? "new, in runs" : bCount == 0 ? "gone, in runs" : "in runs"
        }
    }

    /// What it says, in words, where side a is the time before; what it is of as code.
    package var sentence: String {
        let of = ReportWords.code(groupWords)
        if metric == .occurrence {
            if aCount == 0 { return "\(of) is new, in \(text(b)) of the runs" }
            if bCount == 0 { return "\(of) is gone; it was in \(text(a)) of the runs in the time before" }
            return "\(of) is in \(text(b)) of the runs, against \(text(a)) in the time before"
        }
        return "\(of): \(words) \(text(b)), against \(text(a)) in the time before"
    }

    fileprivate func text(_ value: Double?) -> String {
        guard let value else { return "-" }
        switch metric {
        case .p50, .p95, .p99: return DurationText.human(nanos: value)
        case .errorRate, .hitRate, .criticalShare, .occurrence: return HumanText.percent(value)
        case .cost: return HumanText.usd(value)
        case .runsPerHour, .tokens: return HumanText.rate(value)
        }
    }

    fileprivate var changeText: String {
        guard let change else { return "-" }
        if change >= 1.995 { return "×" + HumanText.rate(change + 1) }
        return (change > 0 ? "+" : "") + HumanText.percent(change)
    }
}

extension Comparison.Row {
    /// The group in a reader's words.
    fileprivate var groupWords: String {
        let values = group.map { $0.value?.scalarText ?? "-" }
        switch group.first?.field {
        case nil: return "all runs"
        case "service" where values.count == 2: return values.joined(separator: ": ")
        case .some(let field) where field.hasPrefix("from "): return values.joined(separator: " to ")
        case "primitive.name": return "primitive " + values[0]
        case "workflow.name": return "workflow " + values[0]
        case "llm.model_name": return "model " + values[0]
        case "cache.type": return "cache " + values[0]
        case "error.type": return "error " + values[0]
        case "name": return values[0]
        case .some(let field):
            // The value says more where there is room for little.
            let name = field.hasPrefix("resource.") ? String(field.dropFirst("resource.".count)) : field
            return name + " " + values[0]
        }
    }
}

extension Comparison.Metric {
    fileprivate var isDuration: Bool { self == .p50 || self == .p95 || self == .p99 }
}

extension HumanText {
    /// `+0.52`
    fileprivate static func signedEffect(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return (rounded > 0 ? "+" : "") + rate(rounded)
    }
}

extension AttributeRanking {
    /// All rows in base units.
    package var table: ResultTable { table(rows.map { ($0, 0) }) }

    /// What a reader wants first: what is more than chance. Values that no run tells apart are one row, after the first of them.
    ///
    /// - Parameters:
    ///   - showsAll: Whether other rows stand there too.
    ///   - limit: How many rows.
    /// - Returns: The table, and how many rows it would have without the limit.
    package func shortTable(showsAll: Bool, limit: Int) -> (table: ResultTable, count: Int) {
        let merged = inseparable.filter { showsAll || $0.first.isSignificant && $0.first.effect >= Self.leastEffect }
        return (table(merged.prefix(limit).map { ($0.first, $0.others) }), merged.count)
    }

    private func table(_ rows: [(row: Row, others: Int)]) -> ResultTable {
        ResultTable(
            columns: [
                Column("attribute", .text), Column("value", .text), Column("a_share", .ratio, title: "a", rank: 1),
                Column("b_share", .ratio, title: "bad of b", rank: 1),
                Column("a_count", .count, title: "a runs", rank: 4),
                Column("b_count", .count, title: "b runs", rank: 4), Column("effect", .number, rank: 3),
                Column("significant", .plain, rank: 5), Column("example_trace_id", .id, title: "example", rank: 2),
            ],
            rows: rows.map { row, others in
                [
                    .text(row.attribute + (others > 0 ? " (+\(others))" : "")), row.value.cell, .real(row.aShare),
                    .real(row.bShare), .count(row.aCount), .count(row.bCount), .real(row.effect),
                    .flag(row.isSignificant),
                    .optional(row.exampleTraceID?.hex),
                ]
            })
    }
}
