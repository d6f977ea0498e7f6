import TraceModel
import TraceStore

/// Tools that were called again and again with the same arguments in one run.
package struct ToolLoops: Sendable {
    package struct Row: Sendable {
        package let tool: String
        package let trace: TraceID
        package fileprivate(set) var calls = 0
        package fileprivate(set) var errors = 0
        /// Of the first call and the last.
        package fileprivate(set) var firstNanos = UInt64.max
        package fileprivate(set) var lastNanos: UInt64 = 0
        /// Of all calls but the first, in nanoseconds.
        package fileprivate(set) var repeatedNanos: UInt64 = 0
        /// As they were sent; a hash where only that was.
        package let arguments: String
    }

    /// Most calls first.
    package let rows: [Row]
    /// Calls of tools, and those of them that don't say their arguments.
    package let calls: Int
    package let callsWithoutArguments: Int

    /// What says the arguments, the first that a span has.
    static let argumentKeys = [
        "gen_ai.tool.call.arguments", "tool.arguments_hash", "input.value", "tool.parameters", "tool_arguments",
        "traceloop.entity.input", "langfuse.observation.input", "gen_ai.prompt",
    ]

    /// - Parameter least: Calls of a tool with the same arguments that make a row; at least 2.
    package init(
        least: Int = 2, window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        let known = Set(try snapshot.attributeKeys().span)
        let keys = Self.argumentKeys.filter(known.contains)
        let scan = try AttributeScan(keys.map { .spanAttribute($0) }, in: snapshot)
        let tools = try OperationTools(in: snapshot)
        let isErrorOf = try snapshot.operations.isError()
        var loops: [LoopKey: LoopSum] = [:]
        var arguments: [String: Int] = [:]
        var texts: [String] = []
        var (calls, without) = (0, 0)
        try snapshot.mapBlocks(
            SpanCoverage(window), where: filter?.selection, reading: [.starts, .durations, .traces]
        ) { block, selection in
            let operations = try block.operations()
            let codes = try block.operationCodes()
            let isTool = codes.indices.map { place in
                (selection?[place] ?? true) && tools.name(operations[Int(codes[place])]) != nil
            }
            guard isTool.contains(true) else { return }
            let traces = try block.traces()
            var number = 0
            let ends = try block.durations()
            let starts = try block.startNanos()
            try scan.forEach(block, isTool) { place, values in
                calls += 1
                while traces[number].spans.upperBound <= place { number += 1 }
                guard let text = values.lazy.compactMap({ $0?.text }).first else {
                    without += 1
                    return
                }
                let argument = arguments[text] ?? texts.count
                if argument == texts.count {
                    arguments[text] = argument
                    texts.append(text)
                }
                let operation = operations[Int(codes[place])]
                let key = LoopKey(
                    trace: traces[number].number, tool: tools.name(operation) ?? "", argument: argument)
                loops[key, default: LoopSum()].add(starts[place], ends[place], isError: isErrorOf[operation])
            }
        } transform: { _, _, _ in
        } _: {
        }
        self.calls = calls
        callsWithoutArguments = without
        rows = try loops.filter { $1.calls >= max(least, 2) }.map { key, sum in
            var row = Row(
                tool: key.tool, trace: try snapshot.traceID(key.trace), arguments: texts[key.argument])
            (row.calls, row.errors) = (sum.calls, sum.errors)
            (row.firstNanos, row.lastNanos) = (sum.first.startNanos, sum.lastNanos)
            row.repeatedNanos = sum.nanos - sum.first.nanos
            return row
        }.sorted {
            ($0.calls, $0.repeatedNanos, $1.firstNanos, $1.trace.hex, $1.tool, $1.arguments)
                > ($1.calls, $1.repeatedNanos, $0.firstNanos, $0.trace.hex, $0.tool, $0.arguments)
        }
    }
}

private struct LoopKey: Hashable {
    let trace: Int64
    let tool: String
    let argument: Int
}

private struct LoopSum {
    var calls = 0
    var errors = 0
    var nanos: UInt64 = 0
    var first: (startNanos: UInt64, nanos: UInt64) = (.max, 0)
    var lastNanos: UInt64 = 0

    mutating func add(_ startNanos: UInt64, _ duration: UInt64?, isError: Bool) {
        calls += 1
        errors += isError ? 1 : 0
        nanos.addSaturating(duration ?? 0)
        if startNanos < first.startNanos { first = (startNanos, duration ?? 0) }
        lastNanos = max(lastNanos, startNanos)
    }
}

/// Which operations are calls of tools.
private struct OperationTools {
    private let names: [String?]

    init(in snapshot: StoreSnapshot) throws {
        let operations = snapshot.operations
        let (tools, spans) = (try operations.texts(.field(.tool)), try operations.texts(.name))
        let (kinds, names) = (
            try operations.texts(.field(.openInferenceKind)), try operations.texts(.field(.genAIOperation))
        )
        self.names = spans.codes.indices.map { place in
            let isTool =
                kinds.text(place)?.uppercased() == "TOOL" || names.text(place) == "execute_tool"
                || kinds.text(place) == nil && names.text(place) == nil && tools.text(place) != nil
            return isTool ? tools.text(place) ?? spans.text(place) : nil
        }
    }

    /// The tool that an operation calls; `nil` for what is no call of a tool.
    func name(_ operation: Int) -> String? { names[operation] }
}

extension AttributeValue {
    /// What it says as text: lists and maps as JSON.
    fileprivate var text: String? { scalarText ?? AttributeCodec.encode(self).json }
}

extension Block {
    /// By span, in nanoseconds: `nil` for an unfinished one and one that ends before it starts.
    fileprivate func durations() throws -> [UInt64?] {
        var durations: [UInt64?] = try durationNanos()
        for (place, _) in try irregular() { durations[place] = nil }
        return durations
    }
}
