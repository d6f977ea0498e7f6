import JSONText
import TraceModel
import TraceOTLP

/// The requests of one JSON input. Values that are single spans or traces are gathered, so that as many as arrived
/// together make one request.
struct JSONPayloads {
    private let input: Input
    private let limits: ReadingLimits
    private let format: InputFormat?
    private let nextPiece: (Int) throws -> [UInt8]
    private var stream: JSONStream
    private var gathered = SpanGatherer()
    /// Whether a value was of a kind that is read.
    private var hasRead = false
    private static let pieceBytes = 256 * 1024

    init(
        _ input: Input, format: InputFormat?, limits: ReadingLimits, start: [UInt8],
        next: @escaping (Int) throws -> [UInt8]
    ) {
        self.input = input
        self.format = format
        self.limits = limits
        stream = JSONStream(buffer: start)
        nextPiece = next
    }

    /// - Throws: What `body` throws, and ``InputError`` where reading can't go on.
    mutating func forEach(_ body: (Payload) throws -> Void, failure: (InputError) -> Void) throws {
        do {
            while try step(body, failure) {}
        } catch let error as InputError {
            try flush(body)
            throw error
        }
        try flush(body)
    }

    /// - Returns: Whether there may be more.
    private mutating func step(_ body: (Payload) throws -> Void, _ failure: (InputError) -> Void) throws -> Bool {
        let next: JSONStream.Step
        do {
            next = try stream.next()
        } catch {
            throw hasRead ? inputError(error) : unrecognised("a JSON list of other values than objects")
        }
        switch next {
        case .value(let range):
            do {
                let kind = try read(range, body)
                if kind == .jaegerAnswer { try checkAnswer(Array(stream.buffer[range]), at: range.lowerBound, failure) }
                stream.consume(upTo: range.upperBound)
            } catch let error as JSONSyntaxError {
                failure(inputError(error))
                return stream.skip(range, isCut: false)
            }
        case .tail(let range):
            try checkTail(range, failure)
            stream.consume(upTo: range.upperBound)
        case .more:
            // What is there is handed out before the input is waited for.
            try flush(body)
            if stream.rest.count > limits.requestBytes { throw input.tooLarge(limits) }
            let piece = try nextPiece(Self.pieceBytes)
            if piece.isEmpty { return try end(failure) }
            stream.append(piece)
        }
        return true
    }

    /// The end of the input: inside a value that is a cut line, and perhaps whole ones behind it.
    private mutating func end(_ failure: (InputError) -> Void) throws -> Bool {
        let rest = stream.rest
        do {
            if rest.isEmpty {
                if stream.isInsideContainer {
                    throw JSONReader(stream.buffer, range: rest).error("the end of the list")
                }
                return false
            }
            if stream.isInsideTail { try checkTail(rest, failure) } else { try read(rest) { _ in } }
            return false
        } catch let error as JSONSyntaxError {
            failure(inputError(error))
            return stream.skip(rest, isCut: true)
        }
    }

    private mutating func flush(_ body: (Payload) throws -> Void) throws {
        if !gathered.isEmpty { try body(.spans(FlatSpans(gathered.take()))) }
    }

    /// The object again, without its list of traces.
    private func checkTail(_ range: Range<Int>, _ failure: (InputError) -> Void) throws {
        let members = stream.buffer[range].drop { $0 == UInt8(ascii: ",") }
        try checkAnswer([UInt8(ascii: "{")] + members, at: members.startIndex - 1, failure)
    }

    /// - Parameter offset: Where the object stands in the stream's buffer.
    private func checkAnswer(_ object: [UInt8], at offset: Int, _ failure: (InputError) -> Void) throws {
        do {
            var reader = JSONReader(object)
            try JaegerAnswer.checkErrors(&reader)
        } catch let error as JSONSyntaxError {
            failure(
                inputError(
                    JSONSyntaxError(offset: error.offset + offset, expected: error.expected, found: error.found)))
        }
    }

    /// - Throws: `JSONSyntaxError`; ``InputError`` when it is of no kind that is read.
    @discardableResult
    private mutating func read(_ range: Range<Int>, _ body: (Payload) throws -> Void) throws -> JSONKind {
        switch try JSONKind.recognise(stream.buffer, range: range, as: format) {
        case .known(.otlp(let signal)):
            hasRead = true
            let payload = try request(signal, range)
            try flush(body)
            try body(payload)
            return .otlp(signal)
        case .known(let kind):
            if stream.isInsideObject, !kind.isOfAnswer { throw unrecognised("an object with data") }
            hasRead = true
            gathered.add(try spans(kind, range))
            return kind
        case .unknown(let what): throw unrecognised(what)
        }
    }

    private func request(_ signal: OTLPSignal, _ range: Range<Int>) throws -> Payload {
        switch signal {
        case .traces:
            .spans(FlatSpans(try JSONTraceDecoder.decode(stream.buffer, range: range, limits: limits.decoding)))
        case .metrics: .metrics(dataPoints: try MetricPointCounter.countJSON(stream.buffer, range: range))
        case .logs: .logs(try JSONTraceDecoder.decodeLogs(stream.buffer, range: range, limits: limits.decoding))
        }
    }

    private func spans(_ kind: JSONKind, _ range: Range<Int>) throws -> [ReadSpan] {
        var reader = JSONReader(stream.buffer, range: range)
        let spans: [ReadSpan]
        switch kind {
        case .jaegerAnswer: spans = try JaegerDecoder.readAnswer(&reader, limits: limits.decoding)
        case .jaegerTrace: spans = try JaegerDecoder.readTrace(&reader, limits: limits.decoding)
        case .jaegerSpan: spans = try JaegerDecoder.readSpan(&reader, limits: limits.decoding)
        case .tta: spans = try TTADecoder.read(&reader, limits: limits.decoding)
        case .zipkin: spans = try ZipkinDecoder.read(&reader, limits: limits.decoding)
        case .langfuseAnswer: spans = try LangfuseDecoder.readAnswer(&reader, limits: limits.decoding)
        case .langfuse: spans = try LangfuseDecoder.read(&reader, limits: limits.decoding)
        case .langsmithAnswer: spans = try LangSmithDecoder.readAnswer(&reader, limits: limits.decoding)
        case .langsmithRun: spans = try LangSmithDecoder.read(&reader, limits: limits.decoding)
        case .otlp: spans = []
        }
        try reader.finish()
        return spans
    }

    private func unrecognised(_ what: String) -> InputError {
        input.error(.whole, expected: format?.name ?? JSONKind.expected, found: what, isUnrecognised: true)
    }

    private func inputError(_ error: JSONSyntaxError) -> InputError {
        input.error(stream.place(of: error.offset), expected: error.expected, found: error.found)
    }
}
