import CZlib

/// How bytes are wrapped that zlib inflates.
package enum Compression: String, Sendable {
    /// RFC 1952: any number of members, one behind the other.
    case gzip
    /// RFC 1950: one stream, which HTTP calls `deflate`.
    case zlib

    /// Told from the first two bytes. Those of zlib (method 8, a window of at most 32 KiB, no preset dictionary, a
    /// multiple of 31) begin one text in some hundred too: only what follows tells.
    package init?(start: [UInt8]) {
        guard start.count >= 2 else { return nil }
        let (first, second) = (start[0], start[1])
        if first == 0x1F, second == 0x8B {
            self = .gzip
        } else if first & 15 == 8, first >> 4 <= 7, second & 0x20 == 0,
            (Int(first) << 8 | Int(second)).isMultiple(of: 31)
        {
            self = .zlib
        } else {
            return nil
        }
    }

    /// The window of 32 KiB and, for gzip, its wrapper and no other.
    fileprivate var windowBits: Int32 { self == .gzip ? 16 + 15 : 15 }
}

/// Bytes that are no complete gzip or zlib stream.
package enum GzipError: Error, Equatable {
    /// zlib's own word for what is wrong, after so many compressed bytes.
    case corrupt(afterCompressedBytes: Int, reason: String)
    /// The input ended inside a member.
    case truncated(afterCompressedBytes: Int)

    /// Whether all was read but for the sum, which is wrong.
    package var isWrongSum: Bool {
        if case .corrupt(_, "incorrect data check") = self { true } else { false }
    }
}

/// Inflates gzip, member after member, or zlib, a piece at a time: memory is that of the piece asked for.
///
/// Zeros behind the end are padding, as the gzip program has it; what else stands there is not read, and
/// ``bytesBehindEnd`` says so.
///
/// Not for several threads at once.
package final class GzipDecoder {
    private enum Place { case start, inside, behindMember, padding }

    /// On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let source: (Int) throws -> [UInt8]
    private var input: [UInt8] = []
    private var inputPosition = 0
    private var consumed = 0
    private var place = Place.start
    /// Compressed bytes before the member.
    private var memberStart = 0
    private var sourceEnded = false
    /// What ended the last piece, once that is handed out.
    private var failure: GzipError?
    private let compression: Compression
    /// Whether any bytes were handed out before those right before an error.
    package private(set) var hasInflated = false
    /// After how many compressed bytes something else begins than padding or another member; `nil` while there is no
    /// such thing.
    package private(set) var bytesBehindEnd: Int?

    /// - Parameter source: Returns up to the number of bytes asked for, none at the end.
    package init(_ compression: Compression = .gzip, source: @escaping (Int) throws -> [UInt8]) {
        self.compression = compression
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = inflateInit2_(
            stream, compression.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib refused to start: \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Up to `count` inflated bytes, none at the end.
    ///
    /// - Throws: ``GzipError`` once everything before the damage is handed out, and what the source throws.
    package func read(_ count: Int) throws -> [UInt8] {
        if let failure { throw failure }
        while bytesBehindEnd == nil {
            if inputPosition == input.count && !sourceEnded { try refill() }
            if inputPosition == input.count {
                if place != .inside { return [] }
                // zlib may hold what the last piece had no room for.
                let output = inflatePiece(count)
                if !output.isEmpty { return output }
                throw failure ?? GzipError.truncated(afterCompressedBytes: consumed)
            }
            if skipsByte() { continue }
            let output = inflatePiece(count)
            if !output.isEmpty {
                if failure == nil { hasInflated = true }
                return output
            }
            if let failure { throw failure }
        }
        return []
    }

    /// Behind the end: takes a byte of padding, or notes that something else stands there.
    private func skipsByte() -> Bool {
        if place == .start || place == .inside { return false }
        switch input[inputPosition] {
        case 0:
            place = .padding
            inputPosition += 1
            consumed += 1
        case 0x1F where place == .behindMember && compression == .gzip: return false
        default: bytesBehindEnd = consumed
        }
        return true
    }

    private func refill() throws {
        input = try source(64 * 1024)
        inputPosition = 0
        sourceEnded = input.isEmpty
    }

    private func inflatePiece(_ count: Int) -> [UInt8] {
        if place != .inside { memberStart = consumed }
        place = .inside
        var code = Z_OK
        let available = input.count - inputPosition
        var left = 0
        let output = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            input.withUnsafeMutableBufferPointer { bytes in
                // inputPosition <= input.count; zlib reads nothing where that leaves no bytes. count > 0.
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
            place = .behindMember
            inflateReset(stream)
        case Z_OK, Z_BUF_ERROR: break
        default:
            // The byte that begins a member may begin other things.
            if memberStart > 0, consumed - memberStart <= 2 {
                bytesBehindEnd = memberStart
                return []
            }
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
            failure = .corrupt(afterCompressedBytes: consumed, reason: reason)
        }
        return output
    }
}
