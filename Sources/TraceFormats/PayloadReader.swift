import Gzip
import JSONText
import TraceModel
import TraceOTLP

/// One request found in an input.
package enum Payload: Sendable {
    case spans(FlatSpans)
    /// A metrics request with so many data points, which are not kept.
    case metrics(dataPoints: Int)
    /// A logs request, which is not kept.
    case logs
}

/// What one read may take.
package struct ReadingLimits: Sendable {
    /// One request after decompression.
    package var requestBytes = 64 << 20
    package var decoding = DecodingLimits.standard

    package init() {}
}

/// Reads one input, whatever it is: gzip or plain; OTLP protobuf (one request), OTLP JSON (one request, or one a
/// line). The kind is told from the bytes, never from the name.
package struct PayloadReader {
    private let input: Input
    private let limits: ReadingLimits
    private let next: (Int) throws -> [UInt8]
    private static let pieceBytes = 256 * 1024

    /// - Throws: ``InputError`` when the input can't be opened.
    package init(_ input: Input, limits: ReadingLimits = ReadingLimits()) throws {
        self.input = input
        self.limits = limits
        let source = try ByteSource(input)
        var start = try source.read(2)
        // A pipe may hand over one byte at a time.
        if start.count == 1 { start += try source.read(1) }
        var pushedBack = start
        let plain: (Int) throws -> [UInt8] = { count in
            if pushedBack.isEmpty { return try source.read(count) }
            defer { pushedBack = [] }
            return pushedBack
        }
        if start == GzipDecoder.magic {
            let decoder = GzipDecoder(source: plain)
            next = { try decoder.read($0) }
        } else {
            next = plain
        }
    }

    /// Hands out every request, in order.
    ///
    /// - Parameter failure: Gets each request that can't be read; reading goes on with the next one where the input
    ///   says where that begins, but ends at the first JSON value that is no OTLP.
    /// - Throws: What `body` throws.
    package func forEach(_ body: (Payload) throws -> Void, failure: (InputError) -> Void) throws {
        do {
            var buffer = try fill([], to: 4096)
            if buffer.isEmpty {
                throw error(.whole, expected: "OTLP traces", found: "no bytes", isUnrecognised: true)
            }
            if looksLikeJSON(buffer) {
                try forEachJSONValue(&buffer, body, failure)
            } else {
                try readProtobuf(buffer, body)
            }
        } catch let error as InputError {
            failure(error)
        } catch let error as GzipError {
            failure(inputError(error))
        }
    }

    /// Reads until `count` bytes are there or the input ends.
    private func fill(_ start: [UInt8], to count: Int) throws -> [UInt8] {
        var bytes = start
        while bytes.count < count {
            let piece = try next(Self.pieceBytes)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    /// A protobuf request begins with byte 0x0A, which is also JSON's white space. But a request that holds anything
    /// has a field tag 0x12 or an id near its start, and text has no such control characters.
    private func looksLikeJSON(_ bytes: [UInt8]) -> Bool {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let first = body.first(where: { !isSpace($0) }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return false }
        return body.first == first || body.allSatisfy { $0 >= 0x20 || isSpace($0) }
    }

    private func error(
        _ place: InputError.Place, expected: String, found: String, cure: String? = nil, isUnrecognised: Bool = false
    ) -> InputError {
        InputError(
            name: input.name, place: place, expected: expected, found: found, cure: cure,
            isUnrecognised: isUnrecognised)
    }

    private func tooLarge() -> InputError {
        error(
            .whole, expected: "requests of at most \(limits.requestBytes) bytes", found: "a longer one",
            cure: "raise the limit with --max-request")
    }

    private func inputError(_ error: GzipError) -> InputError {
        switch error {
        case .corrupt(let offset, let reason):
            self.error(
                .byte(offset), expected: "gzip", found: "damaged data (\(reason))", cure: "copy the file again")
        case .truncated(let offset):
            self.error(
                .byte(offset), expected: "more gzip data", found: "the end of the file", cure: "copy the file again")
        }
    }
}

// MARK: - Protobuf
extension PayloadReader {
    private func readProtobuf(_ start: [UInt8], _ body: (Payload) throws -> Void) throws {
        guard start.first == 0x0A else { throw unrecognised(start) }
        let bytes = try fill(start, to: limits.requestBytes + 1)
        if bytes.count > limits.requestBytes { throw tooLarge() }
        let payload: Payload
        do throws(WireError) {
            // Bytes that are no well-formed request are decoded as traces too, for the place of the error.
            switch ProtobufRequest.signal(of: bytes) ?? .traces {
            case .traces: payload = .spans(try ProtobufTraceDecoder.decode(bytes, limits: limits.decoding))
            case .metrics: payload = .metrics(dataPoints: try MetricPointCounter.countProtobuf(bytes))
            case .logs: payload = .logs
            }
        } catch {
            throw self.error(.byte(error.offset), expected: error.expected, found: error.found)
        }
        try body(payload)
    }

    private func unrecognised(_ bytes: [UInt8]) -> InputError {
        let first = Hex.encode(bytes.prefix(8))
        return error(
            .whole, expected: "OTLP protobuf, OTLP JSON or JSON lines, plain or gzip",
            found: "a file that begins with bytes \(first)", isUnrecognised: true)
    }
}

// MARK: - JSON
extension PayloadReader {
    private func forEachJSONValue(
        _ start: inout [UInt8], _ body: (Payload) throws -> Void, _ failure: (InputError) -> Void
    ) throws {
        var stream = JSONStream(buffer: start)
        start = []
        if stream.buffer.starts(with: [0xEF, 0xBB, 0xBF]) { stream.consume(upTo: 3) }
        while true {
            if let range = stream.nextValue() {
                do {
                    try body(try payload(stream.buffer, range))
                    stream.consume(upTo: range.upperBound)
                } catch let error as JSONSyntaxError {
                    failure(inputError(error, stream))
                    stream.consume(upTo: stream.nextLine(in: range) ?? range.upperBound)
                }
            } else if stream.waitingBytes > limits.requestBytes {
                throw tooLarge()
            } else if case let piece = try next(Self.pieceBytes), !piece.isEmpty {
                stream.append(piece)
            } else if stream.isInsideValue {
                // The end of the input inside a value: a cut line, and perhaps whole ones behind it.
                let rest = stream.rest
                do {
                    _ = try payload(stream.buffer, rest)
                    return
                } catch let error as JSONSyntaxError {
                    failure(inputError(error, stream))
                    guard let line = stream.nextLine(in: rest) else { return }
                    stream.consume(upTo: line)
                }
            } else {
                return
            }
        }
    }

    private func payload(_ bytes: [UInt8], _ range: Range<Int>) throws -> Payload {
        switch try JSONRequest.signal(of: bytes, range: range) {
        case .known(.traces):
            return .spans(FlatSpans(try JSONTraceDecoder.decode(bytes, range: range, limits: limits.decoding)))
        case .known(.metrics): return .metrics(dataPoints: try MetricPointCounter.countJSON(bytes, range: range))
        case .known(.logs): return .logs
        case .unknown(let what):
            throw error(
                .whole, expected: "OTLP JSON (an object with resourceSpans)", found: what, isUnrecognised: true)
        }
    }

    private func inputError(_ error: JSONSyntaxError, _ stream: JSONStream) -> InputError {
        let (line, column) = stream.place(of: error.offset)
        return self.error(.line(line, column: column), expected: error.expected, found: error.found)
    }
}

/// A JSON input as far as it is read.
private struct JSONStream {
    private(set) var buffer: [UInt8]
    /// What stands before it is consumed.
    private var start = 0
    private var scanned = 0
    private var boundary = JSONBoundary()
    /// Of the buffer's first byte: lines before it, and bytes before it on its line.
    private var linesBefore = 0
    private var columnBefore = 0

    init(buffer: [UInt8]) { self.buffer = buffer }

    /// Whether the rest is the beginning of a value.
    var isInsideValue: Bool { boundary.isInsideValue }

    var rest: Range<Int> { start..<buffer.count }

    var waitingBytes: Int { rest.count }

    /// The first complete value that is not consumed.
    mutating func nextValue() -> Range<Int>? {
        guard let end = boundary.endOfValue(in: buffer, from: scanned) else {
            scanned = buffer.count
            return nil
        }
        return start..<end
    }

    /// Where a line begins inside `range` that looks like the next request: a value that is cut takes in the lines
    /// behind it.
    func nextLine(in range: Range<Int>) -> Int? {
        let mark = Array("\n{\"".utf8)
        guard range.count > mark.count else { return nil }
        for place in range.lowerBound + 1..<range.upperBound - mark.count where buffer[place] == mark[0] {
            if buffer[place..<place + mark.count].elementsEqual(mark) { return place + 1 }
        }
        return nil
    }

    /// Lets go of what is consumed, so that the buffer does not grow with the input.
    mutating func append(_ piece: [UInt8]) {
        if start > 0 {
            (linesBefore, columnBefore) = position(of: start)
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer += piece
    }

    mutating func consume(upTo end: Int) {
        start = end
        scanned = end
        boundary = JSONBoundary()
    }

    /// Line and column, from 1, of a place in the buffer.
    func place(of offset: Int) -> (line: Int, column: Int) {
        let (lines, column) = position(of: offset)
        return (lines + 1, column + 1)
    }

    private func position(of offset: Int) -> (lines: Int, column: Int) {
        var (lines, lineStart) = (linesBefore, -columnBefore)
        for place in 0..<min(offset, buffer.count) where buffer[place] == 0x0A {
            lines += 1
            lineStart = place + 1
        }
        return (lines, offset - lineStart)
    }
}
