import Gzip
import TraceModel
import TraceOTLP

/// One request found in an input.
package enum Payload: Sendable {
    case spans(FlatSpans)
    /// A metrics request with so many data points, which are not kept.
    case metrics(dataPoints: Int)
    case logs(LogBatch)
}

/// What one read may take.
package struct ReadingLimits: Sendable {
    /// One request after decompression.
    package var requestBytes = 64 << 20
    package var decoding = DecodingLimits.standard

    package init() {}
}

/// Reads one input, whatever it is: gzip, zlib or plain; OTLP protobuf (one request); any number of JSON values, one
/// behind the other, on lines or in lists: OTLP requests, or what other systems hand out (``InputFormat``). The kind is
/// told from the bytes, never from the name.
package struct PayloadReader {
    private let input: Input
    private let format: InputFormat?
    private let limits: ReadingLimits
    private let next: (Int) throws -> [UInt8]
    /// `nil` for plain input.
    private let inflating: (compression: Compression, decoder: GzipDecoder)?
    private let start: [UInt8]
    private static let pieceBytes = 256 * 1024

    /// - Parameters:
    ///   - format: What the input is; `nil` to tell it from the content.
    ///   - progress: Gets the count of bytes of each piece that was read, before decompression.
    /// - Throws: ``InputError`` when the input can't be opened.
    package init(
        _ input: Input, format: InputFormat? = nil, limits: ReadingLimits = ReadingLimits(),
        progress: @escaping (Int) -> Void = { _ in }
    ) throws {
        self.input = input
        self.format = format
        self.limits = limits
        let source = try ByteSource(input)
        var start = try source.read(2)
        // A pipe may hand over one byte at a time.
        if start.count == 1 { start += try source.read(1) }
        self.start = start
        progress(start.count)
        var pushedBack = start
        let plain: (Int) throws -> [UInt8] = { count in
            if pushedBack.isEmpty {
                let piece = try source.read(count)
                progress(piece.count)
                return piece
            }
            defer { pushedBack = [] }
            return pushedBack
        }
        if let compression = Compression(start: start) {
            let decoder = GzipDecoder(compression, source: plain)
            inflating = (compression, decoder)
            next = { try decoder.read($0) }
        } else {
            inflating = nil
            next = plain
        }
    }

    /// Hands out every request, in order.
    ///
    /// - Parameter failure: Gets each request that can't be read; reading goes on with the next one where the input
    ///   says where that begins, but ends at the first JSON value of no known kind.
    /// - Throws: What `body` throws.
    package func forEach(_ body: (Payload) throws -> Void, failure: (InputError) -> Void) throws {
        do {
            var buffer = try fill([], to: 4096)
            if buffer.isEmpty {
                throw input.error(.whole, expected: "traces", found: "no bytes", isUnrecognised: true)
            }
            if looksLikeJSON(buffer) {
                var payloads = JSONPayloads(input, format: format, limits: limits, start: buffer, next: next)
                buffer = []
                try payloads.forEach(body, failure: failure)
            } else {
                try readProtobuf(buffer, body)
            }
            if let inflating, let place = inflating.decoder.bytesBehindEnd {
                failure(
                    input.error(
                        .byte(place), expected: "the end of the \(inflating.compression) data",
                        found: "other bytes, which were left out"))
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

    private func inputError(_ error: GzipError) -> InputError {
        let compression = inflating?.compression ?? .gzip
        // Few bytes tell zlib: a text may begin with them.
        if compression == .zlib, inflating?.decoder.hasInflated == false, !error.isWrongSum {
            return unrecognised(start)
        }
        switch error {
        case .corrupt(let offset, let reason):
            return input.error(
                .byte(offset), expected: "\(compression)", found: "damaged data (\(reason))",
                cure: "copy the file again")
        case .truncated(let offset):
            return input.error(
                .byte(offset), expected: "more \(compression) data", found: "the end of the file",
                cure: "copy the file again")
        }
    }
}

// MARK: - Protobuf
extension PayloadReader {
    private func readProtobuf(_ start: [UInt8], _ body: (Payload) throws -> Void) throws {
        guard start.first == 0x0A, format ?? .otlp == .otlp else { throw unrecognised(start) }
        let bytes = try fill(start, to: limits.requestBytes + 1)
        if bytes.count > limits.requestBytes { throw input.tooLarge(limits) }
        let payload: Payload
        do throws(WireError) {
            // Bytes that are no well-formed request are decoded as traces too, for the place of the error.
            switch ProtobufRequest.signal(of: bytes) ?? .traces {
            case .traces: payload = .spans(try ProtobufTraceDecoder.decode(bytes, limits: limits.decoding))
            case .metrics: payload = .metrics(dataPoints: try MetricPointCounter.countProtobuf(bytes))
            case .logs: payload = .logs(try ProtobufTraceDecoder.decodeLogs(bytes, limits: limits.decoding))
            }
        } catch {
            throw input.error(.byte(error.offset), expected: error.expected, found: error.found)
        }
        try body(payload)
    }

    private func unrecognised(_ bytes: [UInt8]) -> InputError {
        let first = Hex.encode(bytes.prefix(8))
        return input.error(
            .whole, expected: format?.name ?? JSONKind.expected,
            found: "a file that begins with bytes \(first)", isUnrecognised: true)
    }
}
