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
        /// As they were sent, long ones cut to their first 200 characters, their length and a hash; a hash where only that was sent.
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

    private static let longest = 256

    /// Texts are compared by this, so that not all that was ever said is in memory.
    private static func shortened(_ text: String) -> String {
        if text.utf8.count <= longest { return text }
        // FNV-1a, so that the same text is cut alike each time.
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "\(text.prefix(200))… (\(text.utf8.count) bytes, \(String(hash, radix: 16)))"
    }

    /// - Parameter least: Calls of a tool with the same arguments that make a row; at least 2.
    package init(
        least: Int = 2, window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        let known = Set(try snapshot.attributeKeys().span)
        let keys = Self.argumentKeys.filter(known.contains)
        let scan = try AttributeScan(keys.map { .spanAttribute($0) }, in: snapshot)
        let isErrorOf = try snapshot.operations.isError()
        var kinds = ToolKinds(try ToolKinds.fields(in: snapshot), in: snapshot)
        var loops: [LoopKey: LoopSum] = [:]
        var arguments: [String: Int] = [:]
        var texts: [String] = []
        var (calls, without) = (0, 0)
        try snapshot.mapBlocks(
            SpanCoverage(window), where: filter?.selection, reading: [.starts, .durations, .traces]
        ) { block, selection in
            let tools = try kinds.tools(of: block, selection)
            let isTool = tools.map { $0 >= 0 }
            guard isTool.contains(true) else { return }
            let (operations, codes) = (try block.operations(), try block.operationCodes())
            let traces = try block.traces()
            var number = 0
            let (starts, durations) = (try block.startNanos(), try block.durations())
            try scan.forEach(block, isTool) { place, values in
                calls += 1
                while traces[number].spans.upperBound <= place { number += 1 }
                guard let text = values.lazy.compactMap({ $0?.text }).first.map(Self.shortened) else {
                    without += 1
                    return
                }
                let argument = arguments[text] ?? texts.count
                if argument == texts.count {
                    arguments[text] = argument
                    texts.append(text)
                }
                let key = LoopKey(trace: traces[number].number, tool: tools[place], argument: argument)
                loops[key, default: LoopSum()].add(
                    starts[place], durations[place], isError: isErrorOf[operations[Int(codes[place])]])
            }
        } transform: { _, _, _ in
        } _: {
        }
        self.calls = calls
        callsWithoutArguments = without
        rows = try loops.filter { $1.calls >= max(least, 2) }.map { key, sum in
            var row = Row(
                tool: kinds.names[Int(key.tool)], trace: try snapshot.traceID(key.trace), arguments: texts[key.argument]
            )
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
    /// A number of ``ToolKinds``.
    let tool: Int32
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

/// Which spans are calls of tools, and of which.
private struct ToolKinds {
    private var groups: Groups
    /// By group: the number of its tool, -1 for what is no call of a tool.
    private var tools: [Int32] = []
    private var numbers: [String: Int32] = [:]
    /// By number.
    private(set) var names: [String] = []

    init(_ fields: [FieldName], in snapshot: StoreSnapshot) {
        groups = Groups(fields, keepsEmpty: true, in: snapshot)
    }

    static func fields(in snapshot: StoreSnapshot) throws -> [FieldName] {
        try [OperationField.openInferenceKind, .genAIOperation, .tool].map { try FieldName($0, in: snapshot) }
            + [try FieldName("name", in: snapshot)]
    }

    /// By span: the number of the tool that it calls, below 0 for none.
    mutating func tools(of block: Block, _ selection: [Bool]?) throws -> [Int32] {
        let spans = try groups.membership(block, selection).numbers(block, selection)
        while tools.count < groups.keys.count { tools.append(number(groups.keys[tools.count].map { $0?.scalarText })) }
        return spans.map { $0 < 0 ? -1 : tools[Int($0)] }
    }

    private mutating func number(_ key: [String?]) -> Int32 {
        let (kind, operation, tool, span) = (key[0], key[1], key[2], key[3])
        let isTool =
            kind?.uppercased() == "TOOL" || operation == "execute_tool"
            || kind == nil && operation == nil && tool != nil
        guard isTool, let name = tool ?? span else { return -1 }
        if let known = numbers[name] { return known }
        numbers[name] = Int32(names.count)
        names.append(name)
        return Int32(names.count - 1)
    }
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
