import JSONText
import TraceModel
import TraceOTLP

/// Decodes LangSmith's runs, as its API, its SDK and its exports give them
/// (https://docs.langchain.com/langsmith/run-data-format). Attributes get the names that LangSmith's own OpenTelemetry
/// exporter uses, where it has one; the rest is `langsmith.…`.
///
/// A run's trace id is its UUID as 16 bytes. Its span id is the exclusive or of the two halves of the run's UUID, which
/// stays as `langsmith.run.id`.
struct LangSmithDecoder {
    /// Reads an object with `runs`.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no such object.
    static func readAnswer(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var spans: [ReadSpan] = []
        try reader.object { reader, key in
            guard key == "runs" else { return try reader.skip() }
            try reader.list { spans += try read(&$0, limits: limits) }
        }
        return spans
    }

    /// Reads a run and the runs that stand in its `child_runs`.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no object.
    static func read(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var spans: [ReadSpan] = []
        try read(&reader, limits, into: &spans)
        return spans
    }

    /// Goes through the text once, however deep runs stand in each other: children come first.
    private static func read(_ reader: inout JSONReader, _ limits: DecodingLimits, into spans: inout [ReadSpan]) throws
    {
        let members = try JSONMembers(
            &reader,
            taking: { reader, key in
                guard key == "child_runs", try reader.peek() == .array else { return false }
                try reader.array { reader in
                    if reader.isObject { try read(&reader, limits, into: &spans) } else { try reader.skip() }
                }
                return true
            })
        spans.append(try ReadSpan { try LangSmithRun(members, limits).finished() })
    }
}
