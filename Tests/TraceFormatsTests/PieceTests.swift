import Testing

@testable import TraceFormats

/// Texts that arrive in pieces: over a pipe, or where 256 KiB end.
@Suite struct Pieces {
    /// A cut download: what is whole in it is read, by however many bytes it comes.
    @Test(arguments: [1, 3, 8, 12, 1000])
    func doNotHideAListInAnObject(_ size: Int) throws {
        let run =
            #"{"id": "1", "trace_id": "1", "run_type": "chain", "start_time": "2026-11-23T11:00:00", "name": "a"}"#
        var rest = Array(("{ \"runs\" : [" + run + ", {").utf8)[...]
        func next(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
        var payloads = JSONPayloads(
            Input(name: "input", path: nil), format: nil, limits: ReadingLimits(), start: next(0), next: next)
        var (spans, failures) = (0, 0)
        try payloads.forEach {
            if case .spans(let found) = $0 { spans += found.spans.count }
        } failure: { _ in
            failures += 1
        }
        #expect(spans == 1)
        #expect(failures == 1)
    }
}
