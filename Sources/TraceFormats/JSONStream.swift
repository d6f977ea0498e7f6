import JSONText

/// A JSON input as far as it is read: values one behind the other, or the elements of lists, so that a list need not
/// fit the memory.
struct JSONStream {
    enum Step {
        /// Where a complete value stands.
        case value(Range<Int>)
        /// Where the rest of an object stands whose list of traces was handed out as values, from behind the list
        /// through the closing bracket.
        case tail(Range<Int>)
        /// What is there is used up, as far as it is complete.
        case more
    }

    private enum Container: Equatable {
        case none
        case list(ofObject: Bool)
        case tail
    }

    private enum Place { case first, behindElement, behindComma }

    private(set) var buffer: [UInt8]
    /// What stands before it is consumed.
    private var start = 0
    private var scanned = 0
    private var boundary = JSONBoundary()
    private var container = Container.none
    private var place = Place.first
    /// Of the buffer's first byte: lines before it, and bytes before it on its line.
    private var linesBefore = 0
    private var columnBefore = 0

    init(buffer: [UInt8]) {
        self.buffer = buffer
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { consume(upTo: 3) }
    }

    /// What is not consumed: after ``Step/more`` nothing, or the beginning of a value.
    var rest: Range<Int> { start..<buffer.count }

    /// Whether a list or object was opened and its end is not there yet.
    var isInsideContainer: Bool { container != .none }

    /// Whether the next values are elements of the list `data` or `runs` in an object.
    var isInsideObject: Bool { container == .list(ofObject: true) }

    /// Whether what comes next is the rest of such an object.
    var isInsideTail: Bool { container == .tail }

    /// Finds what comes next; a value that was handed out must have been consumed.
    ///
    /// - Throws: `JSONSyntaxError` where a list has something else than objects and lists with commas between them.
    mutating func next() throws(JSONSyntaxError) -> Step {
        while true {
            if scanned == start {
                skipSpace()
                if start == buffer.count { return .more }
                guard let isValue = try findValue() else { return .more }
                if !isValue { continue }
            }
            guard let end = boundary.endOfValue(in: buffer, from: scanned) else {
                scanned = buffer.count
                return .more
            }
            return container == .tail ? .tail(start..<end) : .value(start..<end)
        }
    }

    /// Whether a value begins at the next byte; consumes brackets and commas of a list. `nil` when too little is there to
    /// tell.
    private mutating func findValue() throws(JSONSyntaxError) -> Bool? {
        switch container {
        case .none: return openContainer().map { !$0 }
        case .tail:
            boundary = JSONBoundary(insideBrackets: 1)
            return true
        case .list(let isOfObject):
            switch (buffer[start], place) {
            case (UInt8(ascii: "]"), .first), (UInt8(ascii: "]"), .behindElement):
                container = isOfObject ? .tail : .none
                advance(to: start + 1)
                return false
            case (UInt8(ascii: ","), .behindElement):
                place = .behindComma
                advance(to: start + 1)
                return false
            case (UInt8(ascii: "{"), .first), (UInt8(ascii: "["), .first), (UInt8(ascii: "{"), .behindComma),
                (UInt8(ascii: "["), .behindComma):
                return true
            default:
                let expected = place == .behindElement ? ", or ]" : "an object"
                throw JSONReader(buffer, range: rest).error(expected)
            }
        }
    }

    /// Opens a list, or an object that begins with a list of objects under `data` or `runs`.
    ///
    /// - Returns: `nil` when too little is there to tell.
    private mutating func openContainer() -> Bool? {
        if buffer[start] == UInt8(ascii: "[") {
            container = .list(ofObject: false)
            advance(to: start + 1)
            place = .first
            return true
        }
        for key in ["data", "runs"] {
            switch list(under: key) {
            case .found(let list):
                container = .list(ofObject: true)
                advance(to: list)
                place = .first
                return true
            case .cut: return nil
            case .none: continue
            }
        }
        return false
    }

    private enum ListStart {
        /// Where the first element stands.
        case found(Int)
        /// What is there may be its beginning.
        case cut
        case none
    }

    private func list(under key: String) -> ListStart {
        var next = start
        for token in ["{", "\"\(key)\"", ":", "[", "{"] {
            while next < buffer.count, isSpace(buffer[next]) { next += 1 }
            guard buffer[next...].starts(with: token.utf8) else {
                return token.utf8.starts(with: buffer[next...]) ? .cut : .none
            }
            next += token.utf8.count
        }
        return .found(next - 1)
    }

    private mutating func skipSpace() {
        var next = start
        while next < buffer.count, isSpace(buffer[next]) { next += 1 }
        advance(to: next)
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func advance(to end: Int) {
        start = end
        scanned = end
        boundary = JSONBoundary()
    }

    /// Lets go of a value or tail that was handed out.
    mutating func consume(upTo end: Int) {
        advance(to: end)
        if container == .tail { container = .none } else { place = .behindElement }
    }

    /// Lets go of a value that can't be read. One that is cut takes in the lines behind it: what follows is looked for
    /// at the first line inside it that begins a value.
    ///
    /// - Returns: Whether reading can go on; not when nothing but a cut value is left.
    mutating func skip(_ range: Range<Int>, isCut: Bool) -> Bool {
        guard let line = nextLine(in: range) else {
            consume(upTo: range.upperBound)
            return !isCut
        }
        advance(to: line)
        // An element of the same list may stand on a line of its own; a list or an object with `data` is a new value.
        if container == .list(ofObject: false), buffer[line] == UInt8(ascii: "{") {
            place = .behindComma
        } else {
            container = .none
        }
        return true
    }

    /// Where a line begins inside `range` that looks like a value: `{"` or `[{`.
    private func nextLine(in range: Range<Int>) -> Int? {
        guard range.count > 3 else { return nil }
        for place in range.lowerBound + 1..<range.upperBound - 2 where buffer[place] == 0x0A {
            switch (buffer[place + 1], buffer[place + 2]) {
            case (UInt8(ascii: "{"), UInt8(ascii: "\"")), (UInt8(ascii: "["), UInt8(ascii: "{")): return place + 1
            default: break
            }
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

    /// Line and column, from 1, of a place in the buffer.
    func place(of offset: Int) -> InputError.Place {
        let (lines, column) = position(of: offset)
        return .line(lines + 1, column: column + 1)
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
