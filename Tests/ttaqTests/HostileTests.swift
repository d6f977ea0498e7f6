import Foundation
import TestSupport
import Testing
import TraceModel

/// What the command makes of inputs that are wrong on purpose: a message with the place, what was expected and found, exit
/// code 1, bounded time and memory, and a store that holds what was whole. Details of each stand with the parts:
/// `ProtobufRejections`, `ProtobufDamage`, `Hostile`, `Damaged`, `ChangingFiles`, `CompressedInputs`, `Expanding`.
@Suite struct HostileInputs {
    struct Case: Sendable, Testing.CustomTestStringConvertible {
        let testDescription: String
        let bytes: @Sendable () -> [UInt8]
        /// In stderr.
        let said: String
        var spans = 0
        var rejected = 0
        var arguments: [String] = []

        init(
            _ name: String, _ said: String, spans: Int = 0, rejected: Int = 0, arguments: [String] = [],
            bytes: @escaping @Sendable () -> [UInt8]
        ) {
            testDescription = name
            self.bytes = bytes
            self.said = said
            self.spans = spans
            self.rejected = rejected
            self.arguments = arguments
        }

        init(_ name: String, _ said: String, spans: Int = 0, rejected: Int = 0, text: String) {
            self.init(name, said, spans: spans, rejected: rejected) { Array(text.utf8) }
        }
    }

    private static let good = #"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"00000000000000ff"}"#

    private static func otlp(_ spans: String...) -> String {
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
    }

    private static func bad(_ member: String) -> String {
        #"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"00000000000000fe",\#(member)}"#
    }

    private static let cases: [Case] = [
        Case("truncated protobuf", "in, byte 1: expected a length of at most 53, which is what is left, found 56") {
            Array(WireWriter.request { $0.spanBasics() }.dropLast(3))
        },
        Case("random protobuf", "in, byte ") { HostileBytes.random(100_000, seed: 7) },
        Case("a length past the end", "in, byte 1: expected a length of at most 1, which is what is left, found 100") {
            [0x0A, 100, 0x12]
        },
        Case("200,000 nested brackets", "expected at most 512 nested brackets, found one more") {
            Array((#"{"other":"# + String(repeating: "[", count: 200_000)).utf8)
        },
        Case("200,000 nested messages", "expected at most 64 nested values, found one more") {
            HostileBytes.nestedLists(200_000)
        },
        Case("200,000 nested groups", "in, byte ") { [0x0A] + [UInt8](repeating: 0x0B, count: 200_000) },
        Case("invalid UTF-8", "", spans: 1) {
            WireWriter.request { span in
                span.spanBasics()
                span.message(9) { attribute in
                    attribute.data(1, [0xFF])
                    attribute.message(2) { $0.data(1, [0xC3, 0x28]) }
                }
            }
        },
        Case(
            "ids of wrong length",
            "rejected 1 span with a span id that is not 8 bytes long; the first is number 1 of its",
            spans: 1, rejected: 1, text: otlp(bad(#""spanId":"abcd""#), good)),
        Case(
            "an id of zeros", "rejected 1 span with a trace id of zeros; the first is number 2 of its request",
            spans: 1,
            rejected: 1, text: otlp(good, bad(#""traceId":"00000000000000000000000000000000""#))),
        Case(
            "a time over 64 bits", "a time that does not fit 64 unsigned bits of nanoseconds", spans: 1, rejected: 1,
            text: otlp(good, bad(#""startTimeUnixNano":"18446744073709551616""#))),
        Case("an attribute of 100 MB", "in: expected requests of at most 67108864 bytes, found a longer one; raise") {
            HostileBytes.longAttribute(100_000_000)
        },
        Case(
            "an attribute of 100 MB that is allowed to be read", "an attribute value of more than 16777216 bytes",
            rejected: 1, arguments: ["--max-request", "200MB"]
        ) { HostileBytes.longAttribute(100_000_000) },
        Case("100,000 attributes", "rejected 1 span with more than 1024 attributes", rejected: 1) {
            WireWriter.request { span in
                span.spanBasics()
                for _ in 0..<100_000 { span.message(9) { $0.text(1, "k") } }
            }
        },
        Case("an empty file", "in: expected traces, found no bytes", text: ""),
        Case(
            "an unknown kind", "in: expected OTLP, or JSON of Jaeger, Zipkin v2, TTA.dev, Langfuse or LangSmith",
            text: "level=info msg=hello"),
        Case("JSON of an unknown kind", "found an object with level, msg", text: #"{"level":"info","msg":"hello"}"#),
    ]

    /// Of the program's memory, in KiB: what stands for a request is several times its size.
    private static let memory = 3_000_000

    private func ingest(_ folder: TemporaryFolder, _ arguments: [String] = []) throws -> Program.Outcome {
        let child = try ChildProcess(
            executable: "/bin/bash",
            [
                "-c", "ulimit -v \(Self.memory); exec \"$0\" \"$@\"", Program.executable.path, "ingest", "in", "--db",
                "s.db",
            ]
                + arguments, in: folder)
        #expect(!child.kill(afterSeconds: 300), "it ends by itself")
        return try child.outcome()
    }

    private func expect(_ outcome: Program.Outcome, _ said: String, spans: Int, rejected: Int) throws {
        #expect(outcome.exitCode == (said.isEmpty ? 0 : 1))
        #expect(said.isEmpty ? outcome.errors.isEmpty : outcome.errors.contains(said), "\(outcome.errors)")
        #expect(outcome.errors.utf8.count < 1000)
        #expect(try outcome.count("spans") == spans)
        #expect(try outcome.count("rejected_spans") == rejected)
    }

    @Test(arguments: cases) func areNamedAndTheRestIsKept(_ one: Case) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(one.bytes(), to: "in")
        let outcome = try ingest(folder, one.arguments)
        try expect(outcome, one.said, spans: one.spans, rejected: one.rejected)
        let check = try Program.run("db", "check", "--db", "s.db", in: folder)
        #expect(try check.count("spans") == one.spans)
    }

    /// Made by the gzip program. What it grows to would be one request of 200 MB.
    @Test(arguments: [
        ("head -c 3000", "in, byte 3000: expected more gzip data, found the end of the file"),
        ("cat", "in: expected requests of at most 67108864 bytes, found a longer one"),
    ])
    func gzipThatStopsOrGrowsAThousandfold(_ filter: String, _ said: String) throws {
        let folder = try TemporaryFolder()
        let made = try ChildProcess(
            executable: "/bin/sh",
            [
                "-c",
                "(printf '{\"resourceSpans\":['; head -c 200000000 /dev/zero | tr '\\0' ' ') | gzip -9n | \(filter) > in",
            ],
            in: folder
        ).outcome()
        try #require(made.exitCode == 0)
        try expect(try ingest(folder), said, spans: 0, rejected: 0)
    }

    @Test func aFolderThatLeadsBackToItselfIsWalkedOnce() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("in/a/b"), withIntermediateDirectories: true)
        for link in ["in/a/up", "in/a/b/self"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path(link), withDestinationPath: folder.path("in"))
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path("in/nowhere"), withDestinationPath: "nowhere")
        _ = try folder.write(Array(Self.otlp(Self.good).utf8), to: "in/a/b/one.json")
        let outcome = try ingest(folder)
        try expect(outcome, "", spans: 1, rejected: 0)
        #expect(try outcome.count("files") == 1)
    }

    /// The others are read; the exit code says that not all was.
    @Test func onePathThatIsMissingAndOneNameThatIsNoUTF8() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("in"), withIntermediateDirectories: true)
        let text = Self.otlp(Self.good)
        let made = try ChildProcess(
            executable: "/bin/bash",
            [
                "-c",
                "printf '%s' '\(text)' > in/$'a\\xff.json'; printf 'x' > in/$'b\\xfe'; printf '%s' '\(text)' > in/c",
            ],
            in: folder
        ).outcome()
        try #require(made.exitCode == 0)
        let outcome = try Program.run("ingest", "missing", "in", "-", "--db", "s.db", in: folder)
        #expect(outcome.exitCode == 1)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "missing: expected a file or a folder, found nothing of that name")
        #expect(outcome.errors.contains(#"skipped: in/b\xfe: expected OTLP"#), "\(outcome.errors)")
        #expect(outcome.errors.contains("standard input: expected traces, found no bytes"))
        #expect(try outcome.count("spans") == 1)
        #expect(try outcome.count("duplicate_spans") == 1)
        #expect(try outcome.count("files") == 3 && outcome.count("skipped_files") == 1)
    }
}
