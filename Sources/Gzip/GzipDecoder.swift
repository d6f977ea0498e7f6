import CZlib

/// Bytes that are no complete gzip stream.
package enum GzipError: Error, Equatable {
    /// zlib's own word for what is wrong, after so many compressed bytes.
    case corrupt(afterCompressedBytes: Int, reason: String)
    /// The input ended inside a member.
    case truncated(afterCompressedBytes: Int)
}

/// Inflates gzip (RFC 1952), member after member, a piece at a time: memory is that of the piece asked for.
///
/// Not for several threads at once.
package final class GzipDecoder {
    /// The first two bytes of every gzip member.
    package static let magic: [UInt8] = [0x1F, 0x8B]

    /// On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let source: (Int) throws -> [UInt8]
    private var input: [UInt8] = []
    private var inputPosition = 0
    private var consumed = 0
    private var insideMember = false
    private var sourceEnded = false

    /// - Parameter source: Returns up to the number of bytes asked for, none at the end.
    package init(source: @escaping (Int) throws -> [UInt8]) {
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 + 15: a gzip wrapper and nothing else, the largest window.
        let code = inflateInit2_(stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib refused to start: \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Up to `count` inflated bytes, none at the end.
    package func read(_ count: Int) throws -> [UInt8] {
        while true {
            if inputPosition == input.count && !sourceEnded { try refill() }
            if inputPosition == input.count {
                if insideMember { throw GzipError.truncated(afterCompressedBytes: consumed) }
                return []
            }
            let output = try inflatePiece(count)
            if !output.isEmpty { return output }
        }
    }

    private func refill() throws {
        input = try source(64 * 1024)
        inputPosition = 0
        sourceEnded = input.isEmpty
    }

    private func inflatePiece(_ count: Int) throws -> [UInt8] {
        insideMember = true
        var code = Z_OK
        let available = input.count - inputPosition
        var left = 0
        let output = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            input.withUnsafeMutableBufferPointer { bytes in
                // inputPosition < input.count and count > 0, so both base addresses exist.
                stream.pointee.next_in = bytes.baseAddress.map { $0 + inputPosition }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(count)
                code = inflate(stream, Z_NO_FLUSH)
                left = Int(stream.pointee.avail_in)
                filled = count - Int(stream.pointee.avail_out)
            }
        }
        consumed += available - left
        inputPosition = input.count - left
        switch code {
        case Z_STREAM_END:
            insideMember = false
            inflateReset(stream)
        case Z_OK, Z_BUF_ERROR: break
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
            throw GzipError.corrupt(afterCompressedBytes: consumed, reason: reason)
        }
        return output
    }
}
