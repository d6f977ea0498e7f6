import TraceModel
import TraceQuery
import TraceStore

extension FieldName {
    /// The column that holds its values.
    var column: Column { Column(text, .text) }
}

extension AttributeValue {
    /// The value as a group's cell: lists and maps as JSON.
    var cell: Cell {
        switch self {
        case .string(let text): .text(text)
        case .bool(let flag): .flag(flag)
        case .int(let value): .integer(value)
        case .double(let value): .real(value)
        case .bytes, .array, .map: .text(AttributeCodec.encode(self).json)
        case .empty: .null
        }
    }
}

/// The cells of a group's values.
func groupCells(_ group: GroupKey) -> [Cell] { group.map { $0?.cell ?? .null } }

extension Percentiles {
    package var table: ResultTable {
        let quantileColumns = quantiles.map { quantile in
            let name = quantileName(quantile)
            return Column("\(name)_ms", .milliseconds, title: name, rank: quantile == 0.9 ? 3 : 1)
        }
        let columns =
            by.map(\.column) + [
                Column("count", .count), Column("errors", .count, rank: 2),
                Column("min_ms", .milliseconds, title: "min", rank: 6),
                Column("mean_ms", .milliseconds, title: "mean", rank: 5),
            ] + quantileColumns + [
                Column("max_ms", .milliseconds, title: "max", rank: 4), Column("method", .plain, rank: 7),
            ]
        let rows = rows.map { row in
            groupCells(row.group) + [
                .count(row.count), .count(row.errors), .milliseconds(nanos: row.minNanos),
                .milliseconds(nanos: row.meanNanos),
            ] + row.quantileNanos.map { .milliseconds(nanos: $0) } + [
                .milliseconds(nanos: row.maxNanos), .text(row.isExact ? "exact" : "sketch"),
            ]
        }
        return ResultTable(columns: columns, rows: rows)
    }
}

extension ConnectionGraph {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("source", .text), Column("target", .text),
                Column("connection_type", .plain, title: "connection"),
                Column("count", .count), Column("errors", .count, rank: 1),
                Column("mean_ms", .milliseconds, title: "mean", rank: 2),
                Column("p95_ms", .milliseconds, title: "p95", rank: 1),
            ],
            rows: edges.map { edge in
                [
                    .text(edge.source), .text(edge.target), .text(edge.type.rawValue), .count(edge.count),
                    .count(edge.errors), .milliseconds(nanos: edge.meanNanos), .milliseconds(nanos: edge.p95Nanos),
                ]
            })
    }
}

extension CacheUse {
    package var table: ResultTable {
        ResultTable(
            columns: by.map(\.column) + [
                Column("hits", .count), Column("total", .count), Column("hit_rate", .ratio, title: "hit rate"),
                Column("savings_usd", .usd, title: "savings", rank: 1),
            ],
            rows: rows.map { row in
                groupCells(row.group) + [
                    .count(row.totals.hits), .count(row.totals.lookups), .optional(row.hitRate),
                    .real(row.totals.savingsUSD),
                ]
            })
    }
}

extension ErrorGroups {
    package var table: ResultTable {
        ResultTable(
            columns: by.map(\.column) + [
                Column("count", .count), Column("first_seen", .time, title: "first seen", rank: 1),
                Column("last_seen", .time, title: "last seen", rank: 2),
                Column("example_trace_id", .id, title: "example"), Column("example_message", .text, title: "message"),
            ],
            rows: rows.map { row in
                groupCells(row.group) + [
                    .count(row.count), .time(row.firstNanos), .time(row.lastNanos), .optional(row.exampleTraceID?.hex),
                    .optional(row.exampleMessage),
                ]
            })
    }
}

extension TokenUse {
    package var table: ResultTable {
        ResultTable(
            columns: by.map(\.column) + [
                Column("calls", .count), Column("prompt_tokens", .count, title: "prompt tokens"),
                Column("completion_tokens", .count, title: "completion tokens"),
                Column("cost_usd", .usd, title: "cost"), Column("cost_source", .plain, title: "cost source", rank: 1),
                // Where it says nothing it is the first to go.
                Column(
                    "computed_cost_usd", .usd, title: "computed cost",
                    rank: rows.contains { $0.computed.usd != nil } ? 0 : 2),
            ],
            rows: rows.map { row in
                groupCells(row.group) + [
                    .count(row.totals.calls), .integer(row.totals.promptTokens), .integer(row.totals.completionTokens),
                    .optional(row.totals.costUSD), .text(row.totals.costSource.rawValue),
                    .optional(row.computed.usd),
                ]
            })
    }
}

extension RunList {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("trace_id", .id), Column("root_name", .text), Column("service", .text), Column("start", .time),
                Column("duration_ms", .milliseconds), Column("spans", .count), Column("errors", .count),
                Column("status", .plain), Column("workflow.name", .text), Column("session.id", .text),
                Column("user.id", .text), Column("tokens", .count), Column("cost_usd", .usd),
            ],
            rows: runs.map { run in
                [
                    .text(run.traceID.hex), .text(run.rootName), .optional(run.service), .time(run.startNanos),
                    .milliseconds(nanos: run.durationNanos), .count(run.spans), .count(run.errors), run.statusCell,
                    .optional(run.workflowName), .optional(run.sessionID), .optional(run.userID),
                    .integer(run.usage.tokens), .optional(run.usage.costUSD),
                ]
            })
    }

    /// The same for a screen: what ran is its workflow, or its root span where it names none.
    package var screenTable: ResultTable {
        ResultTable(
            columns: [
                Column("trace_id", .id, title: "trace"), Column("run", .text), Column("start", .time, rank: 1),
                Column("duration_ms", .milliseconds, title: "duration"), Column("status", .plain),
                Column("errors", .count, rank: 2), Column("cost_usd", .usd, title: "cost", rank: 3),
                Column("session.id", .text, title: "session", rank: 4), Column("tokens", .count, rank: 5),
                Column("spans", .count, rank: 6), Column("user.id", .text, title: "user", rank: 7),
                Column("service", .text, rank: 8),
            ],
            rows: runs.map { run in
                [
                    .text(run.traceID.hex), .text(run.workflowName ?? run.rootName), .time(run.startNanos),
                    .milliseconds(nanos: run.durationNanos), run.statusCell, .count(run.errors),
                    .optional(run.usage.costUSD), .optional(run.sessionID), .integer(run.usage.tokens),
                    .count(run.spans), .optional(run.userID), .optional(run.service),
                ]
            })
    }
}

extension RunList.Run {
    fileprivate var statusCell: Cell { .text(isFailed ? "failed" : "ok") }
}

extension SessionList {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("session.id", .text, title: "session"), Column("user.id", .text, title: "user", rank: 4),
                Column("runs", .count), Column("failed_runs", .count, title: "failed"),
                Column("spans", .count, rank: 5), Column("tokens", .count, rank: 2),
                Column("cost_usd", .usd, title: "cost", rank: 1),
                Column("first_prompt_tokens", .number, title: "prompt first", rank: 6),
                Column("last_prompt_tokens", .number, title: "last", rank: 6), Column("first", .time),
                Column("last", .time, rank: 3),
            ],
            rows: sessions.map { session in
                [
                    .text(session.id), .optional(session.userID), .count(session.runs), .count(session.failedRuns),
                    .count(session.spans), .integer(session.usage.tokens), .optional(session.usage.costUSD),
                    .optional(session.firstPromptTokens), .optional(session.lastPromptTokens),
                    .time(session.firstNanos), session.lastNanos.map { .time($0) } ?? .null,
                ]
            })
    }
}

extension TraceTree {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("trace_id", .id), Column("span_id", .id), Column("parent_span_id", .id), Column("depth", .count),
                Column("name", .text), Column("service", .text), Column("kind", .plain), Column("start", .time),
                Column("duration_ms", .milliseconds), Column("self_ms", .milliseconds), Column("critical", .plain),
                Column("status", .plain), Column("error", .text), Column("llm.model_name", .text),
                Column("prompt_tokens", .count), Column("completion_tokens", .count), Column("cost_usd", .usd),
            ],
            rows: nodes.map { node in
                let row = node.stored.row
                return [
                    .text(row.traceID.hex), .text(row.spanID.hex), .optional(row.parent?.hex), .count(node.depth),
                    .text(row.operation.name), .optional(row.operation.service),
                    .text(SpanKind.name(row.operation.kind)), .time(row.startNanos),
                    .milliseconds(nanos: row.durationNanos),
                    .milliseconds(nanos: node.selfNanos), .flag(node.isCritical),
                    .text(StatusCode.name(row.operation.statusCode)), .optional(node.stored.errorText),
                    .optional(row.operation[.model]), row.integer(.promptTokens).map { .integer($0) } ?? .null,
                    row.integer(.completionTokens).map { .integer($0) } ?? .null, .optional(row[.cost]),
                ]
            })
    }
}

extension StoreSummary {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("spans", .count), Column("traces", .count), Column("services", .count),
                Column("operations", .count), Column("from", .time), Column("to", .time), Column("bytes", .bytes),
                Column("schema_version", .count), Column("unfinished", .count),
                Column("negative_durations", .count), Column("demoted_fields", .text),
                Column("removed_before", .time), Column("log_records", .count), Column("metric_points", .count),
                Column("dropped_spans", .count), Column("unsampled_spans", .count),
            ],
            rows: [
                [
                    .count(spans), .count(traces), .count(services), .count(operations),
                    firstStart.map { .time($0) } ?? .null, lastStart.map { .time($0) } ?? .null, .count(bytes),
                    .count(schemaVersion), .count(unfinished), .count(negativeDurations),
                    .optional(demotedFields.isEmpty ? nil : demotedFields.joined(separator: ", ")),
                    horizon.map { .time($0) } ?? .null, .count(logRecords), .count(metricPoints),
                    .count(droppedSpans), .count(unsampledSpans),
                ]
            ])
    }
}

extension SpanList {
    /// Of every list, before and behind those of the fields that were asked for.
    private static let columns = (
        before: [
            Column("trace_id", .id, title: "trace"), Column("span_id", .id, title: "span"),
            Column("start", .time, rank: 2), Column("service", .text, rank: 3), Column("name", .text),
            Column("duration_ms", .milliseconds, title: "duration"), Column("status", .plain, rank: 1),
        ], behind: [Column("error", .text, rank: 4)]
    )

    package static var columnNames: [String] { (columns.before + columns.behind).map(\.name) }

    package var table: ResultTable {
        ResultTable(
            columns: Self.columns.before + fields.map { Column($0.text, .text) } + Self.columns.behind,
            rows: rows.map { row in
                let stored = row.stored
                return [
                    .text(stored.row.traceID.hex), .text(stored.row.spanID.hex), .time(stored.row.startNanos),
                    .optional(stored.resource.serviceName), .text(stored.span.name),
                    .milliseconds(nanos: stored.row.durationNanos),
                    .text(StatusCode.name(stored.row.operation.statusCode)),
                ] + groupCells(row.values) + [.optional(stored.errorText)]
            })
    }
}

/// The columns of the `spans` view, and its values.
package enum SpanExport {
    package static let columns = [
        Column("trace_id", .id), Column("span_id", .id), Column("parent_span_id", .id), Column("service", .text),
        Column("name", .text), Column("kind", .plain), Column("status", .plain), Column("status_message", .text),
        Column("start_time", .time), Column("end_time", .time), Column("start_unix_nano", .plain),
        Column("duration_ms", .milliseconds), Column("attributes", .text), Column("resource", .text),
        Column("scope_name", .text), Column("scope_version", .text),
    ]

    package static func row(_ stored: StoredSpan) -> [Cell] {
        let (row, span) = (stored.row, stored.span)
        // As the view has it: negative when the span ends before it starts.
        let nanos = Int64(bitPattern: span.endNanos &- span.startNanos)
        return [
            .text(row.traceID.hex), .text(row.spanID.hex), .optional(row.parent?.hex),
            .optional(row.operation.service), .text(span.name), .text(SpanKind.name(span.kind)),
            .text(StatusCode.name(span.status.code)), .text(span.status.message), .time(span.startNanos),
            row.isFinished ? .time(span.endNanos) : .null, .integer(Int64(bitPattern: span.startNanos)),
            row.isFinished ? .milliseconds(nanos: Double(nanos)) : .null,
            .text(AttributeCodec.encode(span.attributes).json),
            .text(AttributeCodec.encode(stored.resource.attributes).json), .text(stored.scope.name),
            .text(stored.scope.version),
        ]
    }
}

extension TextMatches {
    /// Characters to show before what was found, and in all.
    private static let (before, most) = (30, 100)

    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("trace_id", .id, title: "trace"), Column("span_id", .id, title: "span"),
                Column("time", .time, rank: 1), Column("service", .text, rank: 4), Column("name", .text, rank: 3),
                Column("field", .text, rank: 2), Column("text", .text),
            ],
            rows: matches.map { match in
                [
                    .optional(match.traceID?.hex), .optional(match.spanID?.hex), .time(match.nanos),
                    .optional(match.service), .text(match.name), .text(match.field), .text(Self.excerpt(match)),
                ]
            })
    }

    /// On one line, with what was looked for in it.
    private static func excerpt(_ match: Match) -> String {
        let text = match.text
        let found = String.Index(utf16Offset: 0, in: text)
        let place = text.utf8.index(found, offsetBy: match.offset, limitedBy: text.endIndex) ?? text.startIndex
        let start = text.index(place, offsetBy: -before, limitedBy: text.startIndex) ?? text.startIndex
        let excerpt = text[start...].prefix(most)
        let line = excerpt.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (start > text.startIndex ? "…" : "") + line + (excerpt.endIndex < text.endIndex ? "…" : "")
    }
}
