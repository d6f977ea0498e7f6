import Foundation
import TestSupport
import Testing
import TraceFormats
import TraceModel
import TraceOTLP

@Suite struct Recognising {
    private struct Outcome: Equatable {
        var spans = 0
        var points = 0
        var logs = 0
        var failures: [InputError] = []
    }

    private func read(_ path: String, limits: ReadingLimits = ReadingLimits()) throws -> Outcome {
        var outcome = Outcome()
        try PayloadReader(Input(name: "input", path: path), limits: limits).forEach { payload in
            switch payload {
            case .spans(let batch): outcome.spans += batch.spans.count
            case .metrics(let points): outcome.points += points
            case .logs: outcome.logs += 1
            }
        } failure: {
            outcome.failures.append($0)
        }
        return outcome
    }

    private func read(bytes: [UInt8], limits: ReadingLimits = ReadingLimits()) throws -> Outcome {
        let folder = try TemporaryFolder()
        return try read(try folder.write(bytes, to: "input"), limits: limits)
    }

    private func read(text: String, limits: ReadingLimits = ReadingLimits()) throws -> Outcome {
        try read(bytes: Array(text.utf8), limits: limits)
    }

    private let line =
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"00000000000000ff"}]}]}]}"#

    @Test(arguments: Sample.allCases)
    func readsEverySampleWhole(_ sample: Sample) throws {
        var spans = 0
        for input in try sample.inputs() {
            let outcome = try read(input.path ?? "")
            #expect(outcome.failures.isEmpty)
            spans += outcome.spans
        }
        let expected = try sample.spans().count
        #expect(spans == expected)
    }

    /// Data points counted by protobuf's own classes, and in the JSON by another reader.
    @Test(arguments: [("metrics/001.pb.gz", 27), ("metrics/001.json.gz", 27)])
    func countsMetricPointsInsteadOfTakingThemForSpans(_ name: String, _ points: Int) throws {
        #expect(try read(Sample.path(name)) == Outcome(points: points))
    }

    @Test func tellsAMetricWithADescriptionAndAHistogramFromASpan() throws {
        var request = WireWriter()
        request.message(1) { resource in
            resource.message(2) { scope in
                scope.message(2) { metric in
                    metric.text(1, "gen_ai.client.token.usage")
                    metric.text(2, "Number of input and output tokens used")
                    metric.text(3, "{token}")
                    metric.message(9) { histogram in
                        histogram.message(1) { $0.fixed64(3, 1) }
                        histogram.varint(2, 2)
                    }
                }
            }
        }
        #expect(try read(bytes: request.bytes) == Outcome(points: 1))
    }

    @Test func tellsLogs() throws {
        var request = WireWriter()
        request.message(1) { resource in
            resource.message(2) { scope in scope.message(2) { $0.fixed64(1, 1) } }
        }
        #expect(try read(bytes: request.bytes) == Outcome(logs: 1))
        #expect(try read(text: #"{"resourceLogs":[]}"#) == Outcome(logs: 1))
    }

    @Test func readsJSONLinesConcatenatedAndSpreadValues() throws {
        let spread = line.replacingOccurrences(of: ",", with: ",\n  ")
        #expect(try read(text: "\u{FEFF}\(line)\n\n\(line)\(line)\n\(spread)") == Outcome(spans: 4))
    }

    @Test func readsJSONThatBeginsWithALineFeedAsProtobufWould() throws {
        #expect(try read(text: "\n{\n\"resourceSpans\":[]}") == Outcome())
        #expect(try read(text: "\n" + line) == Outcome(spans: 1))
    }

    @Test func goesOnBehindABadLineAndNamesItsPlace() throws {
        let bad = line.replacingOccurrences(of: "\"spanId\"", with: "\"flags\":\"many\",\"spanId\"")
        let outcome = try read(text: "\(line)\n\(bad)\n\(line)")
        #expect(outcome.spans == 2)
        #expect(
            outcome.failures == [
                InputError(
                    name: "input", place: .line(2, column: 98), expected: "a 64-bit integer", found: "'\"'")
            ])
    }

    @Test func goesOnBehindACutLine() throws {
        let cut = line.dropLast(20)
        let outcome = try read(text: "\(line)\n\(cut)\n\(line)\n\(line)\n")
        #expect(outcome.spans == 3)
        #expect(outcome.failures.map(\.place) == [.line(2, column: 104)])
        let quoted = try read(text: "\(line)\n{\"a\":\"never closed\n\(line)\n\(line)")
        #expect(quoted.spans == 3)
    }

    @Test func namesTheEndOfACutFile() throws {
        let outcome = try read(text: line + "\n" + line.dropLast(10))
        #expect(outcome.spans == 1)
        #expect(outcome.failures.map(\.place) == [.line(2, column: 114)])
        #expect(outcome.failures.map(\.found) == ["the end of the text"])
    }

    @Test func refusesTwoHundredThousandNestedBrackets() throws {
        let outcome = try read(text: #"{"other":"# + String(repeating: "[", count: 200_000))
        #expect(outcome.failures.map(\.expected) == ["at most 512 nested brackets"])
    }

    @Test(arguments: [
        ("", "no bytes"), ("hello", "a file that begins with bytes 68656c6c6f"),
        ("[1]", "a JSON list of other values than objects"),
        (#"{"trace_id":1,"b":{}}"#, "an object with trace_id, b"),
    ])
    func saysWhatItFoundInsteadOfAKnownKind(_ text: String, _ found: String) throws {
        let failures = try read(text: text).failures
        #expect(failures.map(\.found) == [found])
        #expect(failures.filter { !$0.isUnrecognised }.isEmpty)
    }

    @Test func refusesARequestOverTheLimitBeforeAndAfterDecompression() throws {
        var limits = ReadingLimits()
        limits.requestBytes = 1000
        let plain = try #require(try Sample.otelPlain.inputs().first?.path)
        let compressed = try read(plain, limits: limits)
        #expect(compressed.failures.map(\.expected) == ["requests of at most 1000 bytes"])
        let long = line + String(repeating: " ", count: 300_000)
        let outcome = try read(text: "{\"resourceSpans\":[" + long, limits: limits)
        #expect(outcome.failures.map(\.found) == ["a longer one"])
    }

    @Test func keepsNothingOfAnUnreadableRequest() throws {
        let whole = WireWriter.request({ $0.spanBasics(id: 1) }, { $0.spanBasics(id: 2) })
        let outcome = try read(bytes: Array(whole.dropLast(3)))
        #expect(outcome.spans == 0)
        #expect(outcome.failures.count == 1)
    }
}

@Suite struct Expanding {
    @Test func listsAFolderInOrderWithoutHiddenFilesAndLoops() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("sub"), withIntermediateDirectories: true)
        for name in ["b", "a", ".hidden", "sub/c"] { _ = try folder.write([1], to: name) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("sub/loop"), withDestinationPath: folder.path("."))
        let inputs = InputList([folder.path("")]).inputs
        #expect(inputs.map { ($0.path ?? "").split(separator: "/").last } == ["a", "b", "c"])
        #expect(inputs.filter { !$0.isFromFolder }.isEmpty)
    }

    @Test func refusesWhatDoesNotExistAndAnEmptyFolder() throws {
        let folder = try TemporaryFolder()
        #expect(InputList([folder.path("none")]).failures.map(\.found) == ["nothing of that name"])
        #expect(InputList([folder.path("")]).failures.map(\.found) == ["none"])
        #expect(InputList(["-"]).inputs == [Input(name: "standard input", path: nil)])
    }

    @Test func namesWhatIsMissingAndKeepsTheRest() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write([1], to: "good")
        let list = InputList([folder.path("no"), good, good + "/inside", "-"])
        #expect(list.inputs.map(\.path) == [good, nil])
        #expect(list.failures.map(\.name) == [folder.path("no"), good + "/inside"])
    }

    /// A name that is no UTF-8 is read like any other, and shown with its odd byte escaped.
    @Test func readsAFileWhoseNameIsNoUTF8() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(Array("{}".utf8), to: "a")
        let odd = Array((folder.path("") + "/b").utf8) + [0xFF]
        let code = (odd.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { name in
            name.baseAddress.map { link(good, $0) }
        }
        try #require(code == 0)
        let list = InputList([folder.path("")])
        #expect(list.failures.isEmpty)
        #expect(list.inputs.map { ByteText.bytes(of: $0.path ?? "").last } == [UInt8(ascii: "a"), 0xFF])
        for input in list.inputs {
            var failures: [InputError] = []
            try PayloadReader(input).forEach({ _ in }, failure: { failures.append($0) })
            #expect(failures.isEmpty)
        }
    }
}

@Test(
    arguments: [
        (["a", nil, ""], "a,,\"\"\n"),
        (["a,b", "say \"hi\"", "two\nlines"], "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n"),
        ([" x", "y "], "\" x\",\"y \"\n"),
        (["cr\r\nlf"], "\"cr\r\nlf\"\n"), (["a\"\u{301},b"], "\"a\"\"\u{301},b\"\n"),
    ] as [([String?], String)])
func quotesWhatNeedsItAndTellsNullFromEmpty(_ fields: [String?], _ record: String) {
    #expect(CSVWriter().record(fields) == record)
}
