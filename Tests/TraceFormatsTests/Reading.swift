import TestSupport
import TraceFormats
import TraceModel

/// What a `PayloadReader` makes of some text or file.
struct Reading {
    private(set) var groups: [SpanGroup] = []
    private(set) var rejections: [SpanRejection] = []
    private(set) var failures: [InputError] = []
    private(set) var requests = 0

    init(_ text: String, format: InputFormat? = nil, limits: ReadingLimits = ReadingLimits()) throws {
        let folder = try TemporaryFolder()
        try self.init(path: try folder.write(Array(text.utf8), to: "input"), format: format, limits: limits)
    }

    init(path: String, format: InputFormat? = nil, limits: ReadingLimits = ReadingLimits()) throws {
        try PayloadReader(Input(name: "input", path: path), format: format, limits: limits).forEach { payload in
            requests += 1
            guard case .spans(let spans) = payload else { return }
            groups += spans.batch.groups
            rejections += spans.rejections.reasons
        } failure: {
            failures.append($0)
        }
    }

    var spans: [TraceSpan] { groups.flatMap(\.spans) }

    /// By span id, with what they share.
    var byID: [UInt64: ReferenceSpan] {
        var spans: [UInt64: ReferenceSpan] = [:]
        for group in groups {
            for span in group.spans {
                spans[span.spanID.value] = ReferenceSpan(span: span, resource: group.resource, scope: group.scope)
            }
        }
        return spans
    }

    /// Messages as a person would tell them: where, what was found.
    var complaints: [String] { failures.map { "\($0.place): \($0.expected), \($0.found)" } }
}
