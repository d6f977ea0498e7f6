import Testing
import TraceModel

@Suite struct HexAndIDs {
    @Test func readsEitherCaseAndWritesLowercase() throws {
        let bytes = try #require(Hex.decode("00aBcDeF"))
        #expect(bytes == [0x00, 0xAB, 0xCD, 0xEF])
        #expect(Hex.encode(bytes) == "00abcdef")
    }

    @Test(arguments: ["0", "0g", "zz", " 00"])
    func rejectsWhatIsNoHexadecimal(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func rejectsATraceIDOfWrongLengthOrAllZeros() {
        #expect(TraceID(bytes: [UInt8](repeating: 1, count: 15)[...]) == nil)
        #expect(TraceID(bytes: [UInt8](repeating: 0, count: 16)[...]) == nil)
        #expect(TraceID(bytes: [UInt8](1...16)[...])?.hex == "0102030405060708090a0b0c0d0e0f10")
    }

    @Test func ordersIDsAsTheirText() throws {
        let small = try #require(SpanID(bytes: [0, 0, 0, 0, 0, 0, 1, 0][...]))
        let large = try #require(SpanID(bytes: [0xFF, 0, 0, 0, 0, 0, 0, 0][...]))
        #expect(small < large)
        #expect(small.hex < large.hex)
    }
}

@Suite struct ByteTextTests {
    @Test(
        arguments: [
            [0x61, 0xFF, 0x62], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
            [0xE2, 0x98],
            [],
        ] as [[UInt8]])
    func givesBackTheBytesOfWhatIsNoUTF8(_ bytes: [UInt8]) {
        let text = ByteText.text(bytes[...])
        #expect(ByteText.bytes(of: text) == bytes)
        #expect(ByteText.hasEscapes(text) == !bytes.isEmpty)
    }

    @Test func leavesUTF8AsItIs() {
        let text = "naïve ☃ 漢字 🚀 \u{10FF7F}"
        #expect(ByteText.text(Array(text.utf8)[...]) == text)
        #expect(!ByteText.hasEscapes(text))
    }

    @Test func givesBackEveryByteString() {
        // A linear congruential generator is random enough, and the same in every run.
        var state: UInt32 = 7
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state >> 28) {
                state = state &* 1_664_525 &+ 1_013_904_223
                // High bytes, so that broken and whole sequences both come up.
                bytes.append(UInt8(0x80 | state >> 24))
            }
            state = state &* 1_664_525 &+ 1_013_904_223
            #expect(ByteText.bytes(of: ByteText.text(bytes[...])) == bytes)
        }
    }
}

@Suite struct TimestampTests {
    /// Right answers from GNU date.
    @Test(arguments: [
        ("2026-11-21T00:00:14.263000001Z", 1_795_219_214_263_000_001 as UInt64),
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
        ("2026-11-21T01:00:00+01:00", 1_795_219_200_000_000_000),
        ("2026-11-20 19:30:00.5-04:30", 1_795_219_200_500_000_000),
        ("2026-11-21", 1_795_219_200_000_000_000), ("2026-11-21T00:00:00.1234567899Z", 1_795_219_200_123_456_789),
    ])
    func readsRFC3339(_ text: String, _ nanos: UInt64) {
        #expect(Timestamp.parse(text) == nanos)
    }

    @Test(arguments: [
        "2026-13-01", "2026-02-29", "2026-11-21T24:00:00Z", "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z",
        "1969-12-31",
        "21.11.2026", "", "2026-11-21T00:00:00Zx",
    ])
    func rejectsOtherText(_ text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func writesUTCWithNineDigitsAndLocalTimeWithItsOffset() {
        #expect(Timestamp.utcText(951_825_600_000_000_001) == "2000-02-29T12:00:00.000000001Z")
        #expect(
            Timestamp.localText(951_825_600_999_999_999, offsetSeconds: -16_200) == "2000-02-29 07:30:00.999 -04:30")
        #expect(Timestamp.localText(0, offsetSeconds: 0) == "1970-01-01 00:00:00.000 Z")
    }

    @Test func givesBackEveryDay() {
        for day in stride(from: 0 as UInt64, to: 110_000, by: 13) {
            let nanos = day * 86_400_000_000_000 + 3_723_000_000_004
            #expect(Timestamp.parse(Timestamp.utcText(nanos)) == nanos)
        }
    }
}

@Suite struct DurationTests {
    @Test(arguments: [
        ("500ms", 500_000_000 as UInt64), ("1.5h", 5_400_000_000_000), ("90s", 90_000_000_000), ("0.25us", 250),
        ("7d", 604_800_000_000_000),
    ])
    func readsANumberWithItsUnit(_ text: String, _ nanos: UInt64) {
        #expect(DurationText.parse(text) == nanos)
    }

    @Test(arguments: ["500", "ms", "-1s", "1e3s", "5 furlongs", "1.2.3s", ""])
    func rejectsOtherText(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (0.0, "0 ns"), (999, "999 ns"), (1_000, "1 µs"), (412_345_678, "412 ms"), (999_600_000, "1 s"),
        (1_529_000_000, "1.53 s"),
        (59_960_000_000, "1 m 00 s"), (125_000_000_000, "2 m 05 s"), (12_000_000_000_000, "3 h 20 m"),
        (180_000_000_000_000, "2 d 02 h"),
        (12_340_000_000, "12.3 s"),
    ])
    func writesThreeDigitsInTheUnitThatFits(_ nanos: Double, _ text: String) {
        #expect(DurationText.human(nanos: nanos) == text)
    }
}

@Test(arguments: [("percentils", "percentiles"), ("tracse", "trace"), ("llm.model", "llm.model_name")])
func suggestsTheNearestName(_ typed: String, _ nearest: String) {
    #expect(Spelling.nearest(to: typed, among: ["percentiles", "traces", "trace", "llm.model_name"]) == nearest)
}

@Test func suggestsNothingForAnotherWord() {
    #expect(Spelling.nearest(to: "xylophone", among: ["percentiles", "traces"]) == nil)
}
