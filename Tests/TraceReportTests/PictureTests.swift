import Testing
import TraceReport

@Suite struct Sparklines {
    @Test func scaleToTheGreatest() {
        #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7, 8], width: 20) == "·▂▃▄▅▆▇██")
        #expect(Sparkline.text([0.001, 1000], width: 20) == "▁█")
        #expect(Sparkline.text([0, 0], width: 20) == "··")
        #expect(Sparkline.text([], width: 20) == "")
    }

    @Test func showTheGreatestOfWhatAMarkStandsFor() {
        #expect(Sparkline.text([0, 8, 0, 0, 1, 1], width: 3) == "█·▂")
        #expect(Sparkline.text([8, 0, 0, 0, 4], width: 2) == "█▅")
    }
}

@Suite struct Rates {
    @Test(arguments: [
        (0.0, "0"), (1234.5, "1235"), (12.34, "12.3"), (0.223333, "0.223"), (0.00081666, "0.000817"), (-0.5, "-0.5"),
        (0.99999, "1"),
    ])
    func haveThreeSignificantDigits(_ value: Double, _ text: String) {
        #expect(HumanText.rate(value) == text)
    }
}
