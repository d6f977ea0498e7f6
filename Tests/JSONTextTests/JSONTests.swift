import JSONText
import Testing

@Suite struct Reading {
    @Test func keepsKeyOrderRepeatedKeysAndDigits() throws {
        let text = #"{"b":1.0,"a":[true,null,-0.0e+5,"x"],"b":123456789012345678901234567890}"#
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test(arguments: [
        (#""\u00e9\n\"\\\/""#, "é\n\"\\/"), (#""\ud83d\ude80""#, "🚀"), (#""漢字""#, "漢字"), (#""""#, ""),
    ])
    func readsEscapes(_ json: String, _ text: String) throws {
        #expect(try JSONValue(parsing: json) == .string(text))
    }

    @Test func keepsALoneSurrogateInsteadOfLosingIt() throws {
        let one = try JSONValue(parsing: #""\ud800""#)
        let other = try JSONValue(parsing: #""\udc00""#)
        #expect(one != other)
        #expect(one != .string("\u{FFFD}"))
    }

    /// Offset, expected and found, by hand.
    @Test(arguments: [
        ("{", 1, "a key in quotes", "the end of the text"), ("[1,]", 3, "a value", "']'"),
        ("[1 2]", 3, ", or ]", "'2'"),
        ("{\"a\" 1}", 5, ":", "'1'"), ("nul", 0, "null", "'n'"), ("01", 0, "a number without leading zeros", "'0'"),
        ("1.", 2, "a digit", "the end of the text"),
        ("\"a\nb\"", 2, "an escaped control character or the end of the string", "byte 0x0a"),
        ("\"a", 2, "the end of the string", "the end of the text"),
        (#""\x""#, 2, "one of \" \\ / b f n r t u after a backslash", "'x'"), ("{} {}", 3, "the end", "'{'"),
        ("", 0, "a value", "the end of the text"),
    ])
    func saysWhereWhatWasExpectedAndFound(_ text: String, _ offset: Int, _ expected: String, _ found: String) {
        #expect(throws: JSONSyntaxError(offset: offset, expected: expected, found: found)) {
            try JSONValue(parsing: text)
        }
    }

    @Test func refusesDeepNestingWithoutUsingTheStack() {
        let text = String(repeating: "[", count: 200_000)
        #expect(throws: JSONSyntaxError(offset: 512, expected: "at most 512 nested brackets", found: "one more")) {
            try JSONValue(parsing: text)
        }
    }
}

@Suite struct Writing {
    @Test func separatesAndEscapes() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("a\"b")
            writer.array { writer in
                writer.write(1)
                writer.write(2.0)
                writer.write(false)
                writer.null()
                writer.object { _ in }
            }
            writer.key("")
            writer.write("tab\t, null \u{0}, delete \u{7F}, é")
        }
        #expect(writer.text == #"{"a\"b":[1,2.0,false,null,{}],"":"tab\t, null \u0000, delete \u007f, é"}"#)
    }

    @Test(arguments: [0.1, -0.0, Double.leastNonzeroMagnitude, 1e300, 1.7976931348623157e308, 100])
    func writesDoublesThatReadBackTheSame(_ number: Double) throws {
        var writer = JSONWriter()
        writer.write(number)
        #expect(Double(writer.text)?.bitPattern == number.bitPattern)
        #expect(Int64(writer.text) == nil, "a double is told from an int by its point or exponent")
    }
}

@Suite struct Boundaries {
    /// Feeds the text in pieces of every size; the values found must not depend on it.
    @Test func findsTheEndOfEachValueHoweverTheBytesArrive() {
        let text = "{\"a\":\"}\\\"]\"}\n[1,[2]] {}\n\n{\n \"b\": {}\n}"
        let values = ["{\"a\":\"}\\\"]\"}", "\n[1,[2]]", " {}", "\n\n{\n \"b\": {}\n}"]
        for size in 1...text.utf8.count {
            var boundary = JSONBoundary()
            var buffer: [UInt8] = []
            var found: [String] = []
            for byte in Array(text.utf8).chunks(of: size) {
                var scanned = buffer.count
                buffer += byte
                while let end = boundary.endOfValue(in: buffer, from: scanned) {
                    found.append(String(decoding: buffer[..<end], as: UTF8.self))
                    buffer.removeFirst(end)
                    scanned = 0
                }
            }
            #expect(found == values)
            #expect(!boundary.isInsideValue)
        }
    }
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
