import TraceModel

/// One distinct tuple of what was done.
package struct Operation: Sendable {
    package let id: Int64
    package let service: String?
    package let name: String
    package let kind: Int32
    package let statusCode: Int32
    /// `nil` when nothing tells the span's kind.
    package let usageRole: UsageRole?
    let fields: [String?]

    package subscript(field: OperationField) -> String? { fields[field.index] }

    /// Status error, or `execution.status` other than success where the code is unset.
    package var isError: Bool {
        if statusCode == StatusCode.error { return true }
        guard statusCode == StatusCode.unset, let status = self[.executionStatus] else { return false }
        return status != "success"
    }
}

/// One distinct tuple of for whom it was done.
package struct RunContext: Sendable {
    package let id: Int64
    let fields: [String?]

    package subscript(field: ContextField) -> String? { fields[field.index] }
}

/// A span as its narrow row has it: what queries count and add up.
package struct SpanRow: Sendable {
    /// Of the row; a new copy of a span gets a new one.
    package let id: Int64
    package let traceID: TraceID
    package let spanID: SpanID
    /// The parent that a tree hangs this span under, `nil` for a root.
    package let parent: SpanID?
    package let startNanos: UInt64
    /// 0 while unfinished.
    package let endNanos: UInt64
    package let operation: Operation
    package let context: RunContext
    let resourceID: Int64
    let scopeID: Int64
    let numbers: [NormalisedFields.Number?]

    package subscript(field: NumberField) -> Double? {
        switch numbers[field.index] {
        case .integer(let value): Double(value)
        case .real(let value): value
        case nil: nil
        }
    }

    package func integer(_ field: NumberField) -> Int64? {
        if case .integer(let value) = numbers[field.index] { value } else { nil }
    }

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
}
