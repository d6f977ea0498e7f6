import TestSupport
import Testing
import TraceModel

@testable import TraceStore

private let seeds: [UInt64] = [1, 2, 3]

@Suite struct PackedColumns {
    @Test(
        arguments: [
            [], [0], [7, 7, 7], [0, 255], [0, 256], [1 << 40, (1 << 40) + 5], [0, .max], [.max, .max - 1],
        ] as [[UInt64]])
    func giveBackWhatTheyWereMadeOf(_ values: [UInt64]) {
        let bytes = PackedColumn.encode(values)
        let decoded = bytes.withUnsafeBytes { PackedColumn.decode($0, count: values.count, as: UInt64.self) }
        #expect(decoded == values)
    }

    @Test(arguments: seeds) func giveBackNumbersOfEveryWidth(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for width in 1...64 {
            let values = (0..<100).map { _ in random.next() >> UInt64(64 - width) }
            let bytes = PackedColumn.encode(values)
            let decoded = bytes.withUnsafeBytes { PackedColumn.decode($0, count: 100, as: UInt64.self) }
            #expect(decoded == values, "seed \(seed), \(width) bits")
            #expect(bytes.withUnsafeBytes { PackedColumn.count($0) } == (Set(values).count > 1 ? 100 : nil))
        }
    }

    @Test func takeNoMoreBytesThanTheGreatestDifferenceNeeds() {
        #expect(PackedColumn.encode([1_795_219_200, 1_795_219_200 + 65_535]).count == 9 + 2 * 2 + 8)
        #expect(PackedColumn.encode([UInt64](repeating: 5, count: 1000)).count == 9)
    }

    @Test func refuseBytesOfAnotherLength() {
        let bytes = PackedColumn.encode([1, 2, 300])
        for count in [0, 1, 2, 4, 1000] where count != 0 {
            #expect(bytes.withUnsafeBytes { PackedColumn.decode($0, count: count, as: UInt64.self) } == nil)
        }
        #expect([UInt8]().withUnsafeBytes { PackedColumn.decode($0, count: 1, as: UInt64.self) } == nil)
        var wide = bytes
        wide[0] = 9
        #expect(wide.withUnsafeBytes { PackedColumn.decode($0, count: 3, as: UInt64.self) } == nil)
    }
}

@Suite struct ByteDictionaries {
    @Test(arguments: seeds) func numberDistinctBytesInOrder(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var dictionary = ByteDictionary()
        var expected: [[UInt8]: Int] = [:]
        for _ in 0..<5000 {
            let bytes = (0..<Int(random.next() % 20)).map { _ in UInt8(truncatingIfNeeded: random.next() % 3) }
            let (index, isNew) = bytes.withUnsafeBytes { dictionary.index(of: $0) }
            #expect(isNew == (expected[bytes] == nil), "seed \(seed)")
            #expect(index == expected[bytes, default: expected.count], "seed \(seed)")
            expected[bytes] = index
        }
        #expect(dictionary.count == expected.count)
        #expect([UInt8(9)].withUnsafeBytes { dictionary.known($0) } == nil)
    }

    /// The hash stands in files: another one would find nothing of what is stored.
    @Test func hashTheSameInEveryVersion() {
        #expect(ByteHash.stable("") == 0)
        #expect(ByteHash.stable("a") != ByteHash.stable("b"))
        #expect(ByteHash.stable("llm.openai.generate") == ByteHash.stable("llm.openai.generate"))
    }
}

@Suite struct ContentCuts {
    private func cut(_ text: String) -> (cut: CutText, bytes: [UInt8]) {
        let bytes = Array(text.utf8)
        return (bytes.withUnsafeBytes { ContentCutter.cut($0) }, bytes)
    }

    /// The text that a cut stands for.
    private func joined(_ cut: CutText, _ bytes: [UInt8]) -> [UInt8] {
        Array(bytes[cut.prefix]) + cut.pieces.map { Array(bytes[$0]) }.joined(separator: bytes[cut.separator])
            + bytes[cut.suffix]
    }

    private func message(_ role: String, _ length: Int) -> String {
        #"{"role": "\#(role)", "content": "\#(String(repeating: "word ", count: length / 5))"}"#
    }

    @Test(arguments: [
        String(repeating: "x", count: 600), String(repeating: "é", count: 5000),
        "[" + String(repeating: "[", count: 900),
        "{" + String(repeating: "\"", count: 700), "[1,2,3" + String(repeating: ",4", count: 600) + "]",
        "[{\"a\":\"" + String(repeating: "\\\"", count: 600) + "\"}]", "]}]}" + String(repeating: " ", count: 600),
    ])
    func togetherAreTheTextWhateverItIs(_ text: String) {
        let (cut, bytes) = cut(text)
        #expect(joined(cut, bytes) == bytes)
    }

    @Test(arguments: seeds) func togetherAreGeneratedTexts(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("[]{}\",: \\ab漢é")
        for _ in 0..<200 {
            let text = String(
                (0..<Int(random.next() % 3000)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
            let (cut, bytes) = cut(text)
            #expect(joined(cut, bytes) == bytes, "seed \(seed)")
            for piece in cut.pieces { #expect(String(validating: bytes[piece], as: UTF8.self) != nil, "seed \(seed)") }
        }
    }

    @Test func cutAConversationIntoItsMessages() {
        let messages = [message("system", 900), message("user", 200), message("assistant", 9000)]
        let (cut, bytes) = cut("[" + messages.joined(separator: ", ") + "]")
        #expect(cut.pieces.map { String(decoding: bytes[$0], as: UTF8.self) } == messages)
        #expect(Array(bytes[cut.separator]) == Array(", ".utf8))
    }

    /// What is in front of an unchanged part changes only the pieces near it.
    @Test func findTheSamePlacesAgainBehindAnInsertion() {
        var random = SplitMix64(seed: 7)
        let words = (0..<6000).map { _ in String(random.next() % 100_000, radix: 36) }
        let (first, a) = cut(words.joined(separator: " "))
        let (second, b) = cut("something new " + words.joined(separator: " "))
        let known = Set(first.pieces.map { Array(a[$0]) })
        let new = second.pieces.filter { !known.contains(Array(b[$0])) }
        #expect(first.pieces.count > 10)
        #expect(new.count <= 2)
    }
}

@Suite struct InlineElements {
    private static let list = #"[1,"a,]\"",{"x":[1,2]},-5,1.5,true,null,[[]],123456789012345678]"#

    @Test(
        arguments: [
            (0, .int(1)), (1, .string("a,]\"")), (2, .map([Attribute("x", .array([.int(1), .int(2)]))])), (3, .int(-5)),
            (4, .double(1.5)), (5, .bool(true)), (6, .empty), (7, .array([.array([])])),
            (8, .int(123_456_789_012_345_678)),
        ] as [(Int, AttributeValue)])
    func areFoundByTheirPlace(_ place: Int, _ value: AttributeValue) throws {
        let found = try Array(Self.list.utf8).withUnsafeBytes { list in
            try InlineElement.find(place, in: list).map { try InlineElement.value($0) }
        }
        #expect(found == value)
    }

    @Test(arguments: ["[]", "[1]", "", "[1,2", "[\"abc"]) func areNoneWhereTheListIsShorter(_ list: String) {
        #expect(Array(list.utf8).withUnsafeBytes { InlineElement.find(5, in: $0) } == nil)
    }
}
