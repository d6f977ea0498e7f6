import Foundation
import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct CompressedInputs {
    private static let line = #"{"traceId":"a","id":"9","timestamp":1,"duration":1}"#
    /// Python: `zlib.compress((line + "\n").encode() * 3)`, and `gzip.compress(..., mtime=0)` of one line.
    private static let zlib = bytes(
        "789cab562a294a4c4ef54c51b2524a54d251ca04312c818c92ccdcd4e292c4dc02252b431da594d2a2c492ccfc"
            + "3c20a796ab9a4e7a00799c2f50")
    private static let gzip = bytes(
        "1f8b0800000000000203ab562a294a4c4ef54c51b2524a54d251ca04312c818c92ccdcd4e292c4dc02252b431d"
            + "a594d2a2c492ccfc3c20a7960b009b35eaaf34000000")

    private static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }

    private func read(_ bytes: [UInt8], isFromFolder: Bool = false) throws -> (spans: Int, failures: [InputError]) {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "input")
        var (spans, failures) = (0, [InputError]())
        try PayloadReader(Input(name: "input", path: path, isFromFolder: isFromFolder)).forEach { payload in
            if case .spans(let batch) = payload { spans += batch.spans.count }
        } failure: {
            failures.append($0)
        }
        return (spans, failures)
    }

    @Test func zlibIsReadLikeGzip() throws {
        let (spans, failures) = try read(Self.zlib)
        #expect(spans == 3 && failures.isEmpty)
    }

    @Test func membersAreReadOneBehindTheOther() throws {
        let (spans, failures) = try read(Self.gzip + Self.gzip + Self.gzip + [0, 0, 0])
        #expect(spans == 3 && failures.isEmpty)
    }

    @Test func whatStandsBehindTheEndIsNamedAndTheRestKept() throws {
        let (spans, failures) = try read(Self.gzip + Array("not gzip".utf8))
        #expect(spans == 1)
        #expect(
            failures == [
                InputError(
                    name: "input", place: .byte(Self.gzip.count), expected: "the end of the gzip data",
                    found: "other bytes, which were left out")
            ])
    }

    @Test func damagedZlibIsNamed() throws {
        var bytes = Self.zlib
        bytes[bytes.count - 1] ^= 1
        #expect(try read(bytes).failures.map(\.expected) == ["zlib"])
        #expect(try read(Array(Self.zlib.dropLast(5))).failures.map(\.expected) == ["more zlib data"])
    }

    /// `hC` and `x^` are headers of zlib too.
    @Test(arguments: ["hCello, world, this is no trace", "x^2 + y^2 = 1"])
    func textThatBeginsAsZlibDoesIsOfNoKnownKind(_ text: String) throws {
        let failures = try read(Array(text.utf8)).failures
        #expect(failures.map(\.isUnrecognised) == [true])
        #expect(failures.map(\.found) == ["a file that begins with bytes " + Hex.encode(Array(text.utf8).prefix(2))])
    }
}

@Suite struct ChangingFiles {
    private static let span = #"{"traceId":"a","id":"9","timestamp":1,"duration":1}"#
    /// More than is read at once, so that reading is not at its end when the first spans are handed out.
    private static let text = String(repeating: span + "\n", count: 40_000)

    private func read(_ path: String, onFirst change: () throws -> Void) throws -> (spans: Int, failures: [InputError])
    {
        var (spans, failures, isFirst) = (0, [InputError](), true)
        try PayloadReader(Input(name: "input", path: path)).forEach { payload in
            if isFirst { try change() }
            isFirst = false
            if case .spans(let batch) = payload { spans += batch.spans.count }
        } failure: {
            failures.append($0)
        }
        return (spans, failures)
    }

    @Test func areReadToWhereTheyEndThen() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array(Self.text.utf8), to: "input")
        let (spans, failures) = try read(path) {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data((Self.span + "\n").utf8))
            try file.close()
        }
        #expect(spans == 40_001)
        #expect(failures.isEmpty)
    }

    @Test func areNamedWhenTheyBecomeShorter() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array(Self.text.utf8), to: "input")
        // At the end of a line, where nothing else would tell.
        let (spans, failures) = try read(path) { truncate(path, off_t(20_000 * (Self.span.utf8.count + 1))) }
        #expect((1...20_000).contains(spans))
        #expect(failures.map(\.expected) == ["\(Self.text.utf8.count) bytes, as when it was opened"])
        #expect(failures.map(\.found) == ["the end of the file"])
    }
}
