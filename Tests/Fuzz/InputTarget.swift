import Foundation
import Gzip
import TraceFormats

/// Whole inputs, compressed or not: inflated the same in any pieces, and read from a file without a trap.
enum InputTarget {
    /// Inflates no more than this.
    private static let mostBytes = 1 << 20
    /// Has no name, so that nothing is left behind.
    private static let file: FileHandle = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ttaq-fuzz-\(UUID().uuidString)")
        do {
            try Data().write(to: url)
            let file = try FileHandle(forUpdating: url)
            try FileManager.default.removeItem(at: url)
            return file
        } catch {
            fatalError("no file: \(error)")
        }
    }()

    static func run(_ bytes: [UInt8]) {
        let choice = number(of: bytes)
        for compression in [Compression.gzip, .zlib] {
            let whole = Inflated(bytes, compression, pieceBytes: max(bytes.count, 1), readBytes: 4096)
            let parts = Inflated(bytes, compression, pieceBytes: 1 + choice % 7, readBytes: 1 + choice % 509)
            expect(whole == parts, "\(compression) inflates the same in pieces as in one")
        }
        read(bytes)
    }

    private struct Inflated: Equatable {
        var bytes: [UInt8] = []
        var error: GzipError?
        var bytesBehindEnd: Int?

        init(_ compressed: [UInt8], _ compression: Compression, pieceBytes: Int, readBytes: Int) {
            let decoder = GzipDecoder(compression, source: pieces(compressed, of: pieceBytes))
            do {
                while bytes.count < InputTarget.mostBytes {
                    let piece = try decoder.read(readBytes)
                    if piece.isEmpty { break }
                    bytes += piece
                }
                bytesBehindEnd = decoder.bytesBehindEnd
            } catch let error as GzipError {
                self.error = error
            } catch {
                fatalError("\(error) is thrown where gzip errors are")
            }
            if bytes.count >= InputTarget.mostBytes {
                bytes.removeLast(bytes.count - InputTarget.mostBytes)
                (error, bytesBehindEnd) = (nil, nil)
            }
        }
    }

    private static func read(_ bytes: [UInt8]) {
        do {
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(bytes))
            var limits = ReadingLimits()
            limits.requestBytes = mostBytes
            try PayloadReader(Input(name: "input", path: "/dev/fd/\(file.fileDescriptor)"), limits: limits).forEach {
                payload in
                if case .spans(let spans) = payload { ProtobufTarget.check(spans) }
            } failure: { _ in
            }
        } catch {
            fatalError("\(error) is thrown where failures are handed out")
        }
    }
}
