import TraceModel

/// A long text cut into pieces: the prefix, the pieces with the separator between each two, and the suffix together are
/// the text.
struct CutText {
    /// Places in the text.
    var prefix = 0..<0
    var separator = 0..<0
    var suffix = 0..<0
    var pieces: [Range<Int>] = []
}

/// Cuts long texts where their content says so, not at fixed distances: what was sent before is cut in the same places
/// when it is sent again with more around it, and each piece is stored once.
///
/// A JSON list of objects is cut into its elements, because a conversation is resent message by message. Other JSON is
/// cut around the objects and lists that stand in its outer lists. Anything else, and what is still long, is cut where
/// a rolling hash of the last 64 bytes has ten zero bits (the gear hash of
/// https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia): every 1,280 bytes on average.
///
/// A cut never parts the bytes of one character.
enum ContentCutter {
    private static let leastElement = 64
    private static let mostElement = 16_384
    private static let mostFrame = 16
    private static let leastPiece = 256
    private static let mostPiece = 4096
    private static let mask: UInt64 = 0x3FF << 54

    static func cut(_ text: UnsafeRawBufferPointer) -> CutText {
        let bounds = elementBounds(text)
        if let list = list(text, bounds) { return list }
        var cut = CutText()
        var start = 0
        for end in bounds + [text.count] where end > start {
            appendPieces(of: start..<end, text, to: &cut.pieces)
            start = end
        }
        return cut
    }

    /// The text as a list whose elements are the pieces, when the same separator stands between each two.
    private static func list(_ text: UnsafeRawBufferPointer, _ bounds: [Int]) -> CutText? {
        guard text.first == UInt8(ascii: "["), let first = bounds.first, let last = bounds.last else { return nil }
        var cut = CutText(prefix: 0..<first, separator: 0..<0, suffix: last..<text.count)
        guard cut.prefix.count <= mostFrame, cut.suffix.count <= mostFrame else { return nil }
        for index in stride(from: 0, to: bounds.count, by: 2) {
            let element = bounds[index]..<bounds[index + 1]
            if element.count > mostElement { return nil }
            if let before = cut.pieces.last?.upperBound {
                let separator = before..<element.lowerBound
                if cut.pieces.count == 1 { cut.separator = separator }
                guard separator.count <= mostFrame,
                    UnsafeRawBufferPointer(rebasing: text[separator])
                        .elementsEqualFast(UnsafeRawBufferPointer(rebasing: text[cut.separator]))
                else { return nil }
            }
            cut.pieces.append(element)
        }
        return cut
    }

    /// Where the elements of JSON lists at depth one and two begin and end; none for text that does not look like JSON.
    private static func elementBounds(_ text: UnsafeRawBufferPointer) -> [Int] {
        guard let first = text.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return [] }
        var bounds: [Int] = []
        // Bit n: whether the container at depth n is a list.
        var lists: UInt64 = 0
        var depth = 0
        var elementStart = [0, 0, 0, 0]
        var place = 0
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""): place = endOfString(text, from: place)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if depth <= 2, depth >= 1, lists & (1 << UInt64(depth)) != 0 { elementStart[depth] = place }
                depth += 1
                if depth < 64 {
                    let bit: UInt64 = 1 << UInt64(depth)
                    lists = text[place] == UInt8(ascii: "[") ? lists | bit : lists & ~bit
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth < 0 { return bounds }
                if depth <= 2, depth >= 1, lists & (1 << UInt64(depth)) != 0 {
                    let start = elementStart[depth]
                    // Elements inside this one were cut already.
                    if place + 1 - start >= leastElement, start >= bounds.last ?? 0 { bounds += [start, place + 1] }
                }
            default: break
            }
            place += 1
        }
        return bounds
    }

    /// Of the closing quote, or the end of the text.
    private static func endOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start + 1
        while place < text.count {
            if text[place] == UInt8(ascii: "\\") {
                place += 1
            } else if text[place] == UInt8(ascii: "\"") {
                return place
            }
            place += 1
        }
        return place
    }

    private static func appendPieces(
        of range: Range<Int>, _ text: UnsafeRawBufferPointer, to pieces: inout [Range<Int>]
    ) {
        var start = range.lowerBound
        while range.upperBound - start > mostPiece {
            let end = cut(after: start, text)
            pieces.append(start..<end)
            start = end
        }
        if start < range.upperBound { pieces.append(start..<range.upperBound) }
    }

    private static func cut(after start: Int, _ text: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0
        var place = start + leastPiece - 64
        while place < start + mostPiece {
            hash = hash << 1 &+ gear[Int(text[place])]
            place += 1
            if hash & mask == 0, place >= start + leastPiece { break }
        }
        while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
        return place
    }

    private static let gear: [UInt64] = {
        var random = SplitMix64(seed: 0x7474_6171)
        return (0..<256).map { _ in random.next() }
    }()
}
