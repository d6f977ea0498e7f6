import Foundation
import Gzip
import TestSupport
import Testing

@Suite struct GzipTests {
    /// `printf 'hello' | gzip -n | xxd -p`
    static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86,
        0xA6,
        0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ]

    /// What Python's `zlib.compress` makes of it.
    static let helloInZlib: [UInt8] = [
        0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06, 0x2C, 0x02, 0x15,
    ]

    private func inflate(
        _ bytes: [UInt8], _ compression: Compression = .gzip, pieces: Int = 7, count: Int = 3
    ) throws -> [UInt8] {
        try inflateAll(bytes, compression, pieces: pieces, count: count).output
    }

    private func inflateAll(
        _ bytes: [UInt8], _ compression: Compression = .gzip, pieces: Int = 7, count: Int = 3
    ) throws -> (output: [UInt8], bytesBehindEnd: Int?) {
        var rest = bytes[...]
        let decoder = GzipDecoder(compression) { _ in
            defer { rest = rest.dropFirst(pieces) }
            return Array(rest.prefix(pieces))
        }
        var output: [UInt8] = []
        while case let piece = try decoder.read(count), !piece.isEmpty {
            #expect(piece.count <= count)
            output += piece
        }
        return (output, decoder.bytesBehindEnd)
    }

    @Test(arguments: [1, 2, 5, 100], [1, 3, 100])
    func inflatesInPiecesOfAnySize(_ pieces: Int, _ count: Int) throws {
        #expect(try inflate(Self.hello, pieces: pieces, count: count) == Array("hello".utf8))
    }

    @Test func readsSeveralMembers() throws {
        #expect(try inflate(Self.hello + Self.hello) == Array("hellohello".utf8))
    }

    @Test(arguments: 1..<25)
    func saysThatTheInputStopsEarly(_ length: Int) {
        #expect(throws: GzipError.truncated(afterCompressedBytes: length)) {
            try inflate(Array(Self.hello.prefix(length)))
        }
    }

    /// What Python's `gzip.compress(b'x' * 1000, mtime=0)` gives, without its last nine bytes: all of the text is there.
    @Test(arguments: [1, 7, 100], [1, 3, 64, 999, 2000])
    func handsOutAllThatStandsBeforeAnEarlyEnd(_ pieces: Int, _ count: Int) throws {
        let bytes: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0xA8, 0x18, 0x05, 0xA3, 0x60, 0x14, 0x0C,
            0x77, 0x00,
        ]
        var rest = bytes[...]
        let decoder = GzipDecoder { _ in
            defer { rest = rest.dropFirst(pieces) }
            return Array(rest.prefix(pieces))
        }
        var output: [UInt8] = []
        while output.count < 1000 { output += try decoder.read(count) }
        #expect(output == [UInt8](repeating: 0x78, count: 1000))
        #expect(throws: GzipError.truncated(afterCompressedBytes: bytes.count)) { try decoder.read(count) }
    }

    @Test func refusesAWrongChecksum() {
        var bytes = Self.hello
        bytes[18] ^= 1
        #expect(throws: GzipError.self) { try inflate(bytes) }
    }

    @Test(arguments: [1, 7, 100], [1, 3, 100])
    func handsOutWhatStandsBeforeTheDamage(_ pieces: Int, _ count: Int) throws {
        var rest = Self.hello[...]
        rest[18] ^= 1
        let decoder = GzipDecoder { _ in
            defer { rest = rest.dropFirst(pieces) }
            return Array(rest.prefix(pieces))
        }
        var output: [UInt8] = []
        while output.count < 5 { output += try decoder.read(count) }
        #expect(output == Array("hello".utf8))
        // zlib looks at all four bytes of the checksum, which end at 21, at once.
        for _ in 0..<2 {
            #expect(throws: GzipError.corrupt(afterCompressedBytes: 21, reason: "incorrect data check")) {
                try decoder.read(count)
            }
        }
    }

    /// As `gzip -dc` has it: what comes out, and where it says 'trailing garbage ignored'.
    @Test(
        arguments: [
            ([0], 1, nil), ([0, 0, 0, 0, 0, 0, 0, 0, 0], 1, nil), ([1, 2, 3], 1, 25), ([10], 1, 25),
            ([0x1F], 1, -1), ([0x1F, 0x20, 0x20], 1, 25), ([0, 0, 7], 1, 27), ([0, 0] + hello, 1, 27),
            (hello + [0, 0, 9], 2, 52),
        ] as [([UInt8], Int, Int?)], [1, 7, 100])
    func tellsPaddingFromOtherBytesBehindTheEnd(
        _ row: (behind: [UInt8], members: Int, other: Int?), _ pieces: Int
    ) throws {
        if row.other == -1 {
            // It may be the beginning of a member.
            #expect(throws: GzipError.truncated(afterCompressedBytes: 26)) { try inflate(Self.hello + row.behind) }
            return
        }
        let (output, other) = try inflateAll(Self.hello + row.behind, pieces: pieces)
        #expect(output == Array(String(repeating: "hello", count: row.members).utf8))
        #expect(other == row.other)
    }

    @Test(arguments: [1, 2, 5, 100], [1, 3, 100])
    func inflatesZlibInPiecesOfAnySize(_ pieces: Int, _ count: Int) throws {
        #expect(try inflate(Self.helloInZlib, .zlib, pieces: pieces, count: count) == Array("hello".utf8))
    }

    @Test(arguments: 1..<13)
    func saysThatZlibStopsEarly(_ length: Int) {
        #expect(throws: GzipError.truncated(afterCompressedBytes: length)) {
            try inflate(Array(Self.helloInZlib.prefix(length)), .zlib)
        }
    }

    @Test func readsOneZlibStreamAndNoMore() throws {
        let (output, other) = try inflateAll(Self.helloInZlib + Self.helloInZlib, .zlib)
        #expect(output == Array("hello".utf8))
        #expect(other == 13)
        var wrong = Self.helloInZlib
        wrong[12] ^= 1
        #expect(throws: GzipError.self) { try inflate(wrong, .zlib) }
    }

    /// The first two bytes, by RFC 1950 and RFC 1952.
    @Test(
        arguments: [
            ([0x1F, 0x8B], .gzip), ([0x1F, 0x8C], nil), ([0x78, 0x01], .zlib), ([0x78, 0x5E], .zlib),
            ([0x78, 0x9C], .zlib), ([0x78, 0xDA], .zlib), ([0x18, 0x19], .zlib), ([0x78, 0x9D], nil),
            ([0x78, 0xBB], nil), ([0x88, 0x1C], nil), ([0x78], nil), ([], nil), ([0x0A, 0x78], nil),
            ([0x7B, 0x22], nil),
        ] as [([UInt8], Compression?)])
    func tellsTheKindFromTwoBytes(_ start: [UInt8], _ compression: Compression?) {
        #expect(Compression(start: start) == compression)
    }
}
