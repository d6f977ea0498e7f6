import JSONText
import TraceModel

@testable import TraceStore

/// What a store holds in texts and blobs: a value, or the error for what ttaq can't have written, never a trap. The
/// first byte chooses the decoder.
enum BlobTarget {
    static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        do {
            switch first {
            case UInt8(ascii: "p"): packedColumn(rest)
            case UInt8(ascii: "b"): try BlockBlobs.run(rest)
            case UInt8(ascii: "s"): sketch(rest)
            case UInt8(ascii: "l"): try LayoutBlobs.run(rest)
            case UInt8(ascii: "a"): try attributes(rest)
            case UInt8(ascii: "e"): try extras(rest)
            case UInt8(ascii: "c"): cutText(rest)
            default: break
            }
        } catch is WrongColumnType {
        } catch is JSONSyntaxError {
        } catch is StoreError {
        } catch {
            fatalError("\(error) is thrown where damage is")
        }
    }

    /// Two bytes say how many numbers there are.
    private static func packedColumn(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        let column = Array(bytes[2...])
        let count = Int(bytes[0]) | Int(bytes[1]) << 8
        column.withUnsafeBytes { column in
            let told = PackedColumn.count(column)
            for count in [count, told ?? 1] {
                let words = PackedColumn.decode(column, count: count, as: UInt64.self)
                let bytes = PackedColumn.decode(column, count: count, as: UInt8.self)
                expect(words?.count == bytes?.count, "a column has as many numbers of any size")
                if let words { expect(bytes == words.map { UInt8(truncatingIfNeeded: $0) }, "and the same") }
            }
        }
        let numbers = stride(from: 0, to: column.count - 7, by: 8).map { start in
            column[start..<start + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        }
        PackedColumn.encode(numbers).withUnsafeBytes { packed in
            let decoded = PackedColumn.decode(packed, count: numbers.count, as: UInt64.self)
            expect(decoded == numbers, "numbers come back from a column")
        }
    }

    private static func sketch(_ bytes: [UInt8]) {
        guard var sketch = DurationSketch(encoded: bytes) else { return }
        let encoded = sketch.encoded
        expect(DurationSketch(encoded: encoded) == sketch, "a sketch comes back from its bytes")
        for quantile in [0, 0.5, 0.95, 1] {
            expect((sketch.quantile(quantile) == nil) == (sketch.count == 0), "a sketch has quantiles")
        }
        let once = sketch
        sketch += once
        sketch -= once
        expect(sketch == once, "what was added can be taken away")
    }

    /// JSON, a zero, tags.
    private static func attributes(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let tags = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
        let attributes = try AttributeCodec.decode(json: String(decoding: parts[0], as: UTF8.self), tags: tags)
        let encoded = AttributeCodec.encode(attributes)
        let again = try reread { try AttributeCodec.decode(json: encoded.json, tags: encoded.tags) }
        let twice = AttributeCodec.encode(again)
        expect(twice.json == encoded.json && twice.tags == encoded.tags, "attributes come back: \(encoded) \(twice)")
    }

    private static func extras(_ bytes: [UInt8]) throws {
        let extra = try ExtrasCodec.decode(String(decoding: bytes, as: UTF8.self))
        var encoded: [UInt8] = []
        ExtrasCodec.append(extra, to: &encoded)
        let again = try reread { try ExtrasCodec.decode(String(decoding: encoded, as: UTF8.self)) }
        var twice: [UInt8] = []
        ExtrasCodec.append(again, to: &twice)
        expect(twice == encoded, "events and links come back")
    }

    /// What was written by ourselves is read.
    private static func reread<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            fatalError("what was written is not read: \(error)")
        }
    }

    private static func cutText(_ bytes: [UInt8]) {
        let cut = bytes.withUnsafeBytes { ContentCutter.cut($0) }
        var joined = Array(bytes[cut.prefix])
        for (index, piece) in cut.pieces.enumerated() {
            if index > 0 { joined += bytes[cut.separator] }
            joined += bytes[piece]
        }
        joined += bytes[cut.suffix]
        expect(joined == bytes, "the pieces of a text are the text")
        if String(validating: bytes, as: UTF8.self) != nil {
            let areWhole = cut.pieces.allSatisfy { String(validating: bytes[$0], as: UTF8.self) != nil }
            expect(areWhole, "no piece ends inside a character")
        }
    }
}
