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

    private func inflate(_ bytes: [UInt8], pieces: Int = 7, count: Int = 3) throws -> [UInt8] {
        var rest = bytes[...]
        let decoder = GzipDecoder { _ in
            defer { rest = rest.dropFirst(pieces) }
            return Array(rest.prefix(pieces))
        }
        var output: [UInt8] = []
        while case let piece = try decoder.read(count), !piece.isEmpty {
            #expect(piece.count <= count)
            output += piece
        }
        return output
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

    @Test func refusesAWrongChecksum() {
        var bytes = Self.hello
        bytes[18] ^= 1
        #expect(throws: GzipError.self) { try inflate(bytes) }
    }

    @Test func refusesDataBehindTheLastMember() {
        #expect(throws: GzipError.self) { try inflate(Self.hello + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) }
    }
}
