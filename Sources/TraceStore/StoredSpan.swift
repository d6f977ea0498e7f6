import TraceModel

/// One distinct tuple of what was done.
package final class Operation: Sendable {
    package let id: Int64
    package let service: String?
    /// `(other)` where the name stands with the span.
    package let name: String
    package let kind: Int32
    package let statusCode: Int32
    /// `nil` when nothing tells the span's kind.
    package let usageRole: UsageRole?
    /// By ``OperationField``.
    let fields: [String?]
    /// Status error, or `execution.status` other than success where the code is unset.
    package let isError: Bool

    init(id: Int64, _ definition: OperationDefinition) {
        self.id = id
        service = definition.service
        name = definition.name
        kind = definition.kind
        statusCode = definition.statusCode
        usageRole = definition.usageRole
        fields = definition.fields
        let execution = definition.fields[OperationField.executionStatus.rawValue]
        isError = Self.isError(statusCode: statusCode, executionSucceeded: execution.map { $0 == "success" })
    }

    /// - Parameter executionSucceeded: Whether `execution.status` is success, `nil` without it.
    static func isError(statusCode: Int32, executionSucceeded: Bool?) -> Bool {
        statusCode == StatusCode.error || statusCode == StatusCode.unset && executionSucceeded == false
    }

    package subscript(field: OperationField) -> String? { fields[field.rawValue] }
}

/// One tuple of for whom it was done.
package struct RunContext: Sendable {
    package let id: Int64
    /// By ``ContextField``.
    let fields: [String?]

    package subscript(field: ContextField) -> String? { fields[field.rawValue] }
}

/// A span without what it was sent with: what questions count and add up.
package struct SpanRow: Sendable {
    /// Of the row: the same for all copies of a span.
    package let id: Int64
    package let traceID: TraceID
    /// The number of its trace in the file.
    package var trace: Int64 { RowID.trace(id) }
    package let spanID: SpanID
    /// The parent that a tree hangs this span under, `nil` for a root.
    package let parent: SpanID?
    package let startNanos: UInt64
    /// 0 while unfinished.
    package let endNanos: UInt64
    package let operation: Operation
    package let context: RunContext
    let numbers: SpanNumbers

    package subscript(field: NumberField) -> Double? {
        numbers.bits(field).map { field.isReal ? Double(bitPattern: $0) : Double(Int64(bitPattern: $0)) }
    }

    /// `nil` for a field of real numbers.
    package func integer(_ field: NumberField) -> Int64? {
        field.isReal ? nil : numbers.bits(field).map { Int64(bitPattern: $0) }
    }

    package var hasUsage: Bool { integer(.promptTokens) != nil || integer(.completionTokens) != nil }

    package var isFinished: Bool { endNanos != 0 }

    /// End minus start of a finished span that does not end before it starts; otherwise there is no duration.
    package var durationNanos: UInt64? {
        isFinished && endNanos >= startNanos ? endNanos - startNanos : nil
    }
}

/// A span with everything: its row, and the span, resource and scope as they were sent.
package struct StoredSpan: Sendable {
    package let row: SpanRow
    package let span: TraceSpan
    package let resource: Resource
    package let scope: Scope
}

/// What is in the file.
package struct StoreSummary: Sendable {
    package let spans: Int
    package let traces: Int
    /// Distinct service names.
    package let services: Int
    /// Distinct pairs of service and span name.
    package let operations: Int
    /// The earliest and the latest start, both included; `nil` for an empty store.
    package let firstStart: UInt64?
    package let lastStart: UInt64?
    package let unfinished: Int
    /// Finished spans that end before they start.
    package let negativeDurations: Int
    /// Of the file.
    package let bytes: Int
    package let schemaVersion: Int
    /// Operation columns that had too many distinct values: newer spans keep theirs themselves.
    package let demotedFields: [String]
    /// The time before which runs were removed, `nil` when none were.
    package let horizon: UInt64?
    package let logRecords: Int
    package let metricPoints: Int
    /// That exporters dropped because their queue was full, by their own metrics
    /// (https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics).
    package let droppedSpans: Int
    /// That were started and not sampled, by the same.
    package let unsampledSpans: Int
}

extension StoredSpan {
    /// What the span's attributes say of a meaning, whether the operation holds it or not.
    package func text(_ field: OperationField) -> String? {
        var found: (rank: Int, text: String)?
        for attribute in span.attributes {
            guard let entry = AliasTable.standard[attribute.key], entry.meaning == .operation(field),
                let text = attribute.value.string, entry.rank < found?.rank ?? .max
            else { continue }
            found = (entry.rank, text)
        }
        return found?.text
    }
}

extension SpanRow {
    package var usage: UsageRule.Span {
        UsageRule.Span(id: spanID.value, parent: parent?.value ?? 0, role: operation.usageRole, hasUsage: hasUsage)
    }
}
