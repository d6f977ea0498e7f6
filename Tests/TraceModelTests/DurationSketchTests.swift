import Foundation
import Testing
import TraceModel

@Suite struct DurationSketchTests {
    /// By comparing the 64th powers of whole numbers, in Python.
    @Test(
        arguments: [
            (0, 0), (1, 1), (2, 65), (3, 103), (4, 129), (5, 150), (930, 633), (1000, 639), (1023, 641), (1024, 641),
            (1025, 642), (1_000_000, 1277), (1_260_552, 1298), (1_260_553, 1299), (19_885_729, 1553),
            (1_000_000_000, 1915), (1_321_785_304_641, 2578), (1_321_785_304_642, 2579), (6_507_435_615_081, 2726),
            (85_229_612_466_137, 2963), (176_125_759_951_518, 3030), (1 << 53 + 1, 3394),
            (2_392_118_536_154_618_968, 3909), (1 << 63 - 1, 4033), (1 << 63, 4033), (1 << 63 + 1, 4034),
            (UInt64.max, 4097),
        ] as [(UInt64, Int)])
    func putsADurationIntoItsSlot(_ nanos: UInt64, _ slot: Int) {
        #expect(DurationSketch.slot(of: nanos) == slot)
    }

    enum Shape: CaseIterable {
        case uniform, logNormal, bimodal, constant, zeros, powers, steps, extremes

        func values(_ count: Int) -> [UInt64] {
            var random = SplitMix64(seed: 11)
            func unit() -> Double { Double.random(in: 0..<1, using: &random) }
            func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }
            return (0..<count).map { index in
                switch self {
                case .uniform: UInt64(1 + unit() * 1e9)
                case .logNormal: UInt64(exp(17 + 1.5 * normal()))
                case .bimodal: UInt64(unit() < 0.9 ? 2e6 * exp(0.1 * normal()) : 4e10 * exp(0.1 * normal()))
                case .constant: 123_456_789
                case .zeros: UInt64(index % 3)
                case .powers: 1 << UInt64(index % 64)
                // Just above and below where slots meet.
                case .steps: UInt64(exp2(Double(index % 2048) / 64 + 20)) &+ UInt64(index % 3) &- 1
                case .extremes: index % 2 == 0 ? 1 : .max
                }
            }
        }
    }

    @Test(arguments: Shape.allCases)
    func quantilesAreWithinTheBoundOfTheNearestRank(_ shape: Shape) throws {
        for count in [1, 2, 3, 10, 1000, 20_000] {
            let values = shape.values(count)
            var sketch = DurationSketch()
            sketch.add(values)
            #expect(sketch.count == count)
            let sorted = values.sorted()
            for quantile in [0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1] {
                let exact = Double(sorted[Int((quantile * Double(count - 1)).rounded())])
                let found = try #require(sketch.quantile(quantile))
                #expect(
                    abs(found - exact) <= DurationSketch.relativeError * exact, "\(quantile) of \(count): \(exact)")
            }
        }
    }

    /// 1.09% between 1 and the next slot: a sketch twice as coarse would fail this.
    @Test func isNoCoarserThanItSays() {
        #expect(DurationSketch.slot(of: 1_000_000) < DurationSketch.slot(of: 1_011_000))
        #expect(DurationSketch.slotCount == 4098)
        #expect(DurationSketch.slot(of: .max) == DurationSketch.slotCount - 1)
    }

    @Test func mergesInAnyOrderToTheSame() throws {
        let values = Shape.logNormal.values(3000) + Shape.powers.values(100) + [0]
        var whole = DurationSketch()
        whole.add(values)
        let parts = stride(from: 0, to: values.count, by: 250).map { start in
            var part = DurationSketch()
            part.add(Array(values[start..<min(start + 250, values.count)]))
            return part
        }
        var random = SplitMix64(seed: 5)
        for _ in 0..<20 {
            var merged = DurationSketch()
            for part in parts.shuffled(using: &random) { merged += part }
            #expect(merged == whole)
            for part in parts.shuffled(using: &random).dropLast() { merged -= part }
            #expect(parts.contains(merged))
        }
        var nothing = whole
        nothing -= whole
        #expect(nothing == DurationSketch())
        #expect(nothing.quantile(0.5) == nil)
    }

    @Test(arguments: Shape.allCases)
    func comesBackFromItsBytes(_ shape: Shape) throws {
        var sketch = DurationSketch()
        #expect(DurationSketch(encoded: sketch.encoded) == sketch)
        sketch.add(shape.values(5000))
        sketch += DurationSketch(firstSlot: 700, counts: [1 << 40])
        #expect(DurationSketch(encoded: sketch.encoded) == sketch)
    }

    /// Slot 1 once, then what is wrong.
    @Test(
        arguments: [
            [0x02, 0x80], [0x02, 0x00], [0x00, 0x00], [0x02, 0x03], [0x02, 0x03, 0x00], [0x02, 0x03, 0x01],
            [0x02, 0x82, 0x40], [0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x02, 0x03, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40],
        ] as [[UInt8]])
    func refusesOtherBytes(_ bytes: [UInt8]) {
        #expect(DurationSketch(encoded: [0x02])?.count == 1)
        #expect(DurationSketch(encoded: bytes) == nil)
    }
}
