/// How long some spans took, kept as counts: an exponential histogram at OpenTelemetry's scale 6, whose buckets are
/// 1.09% wide, so that a quantile is off by less than ``relativeError``.
///
/// Sketches of parts can be added, in any order, to the sketch of the whole, and taken away again.
///
/// Slot 0 counts zeros. Slot n counts what lies above 2^((n-2)/64) and not above 2^((n-1)/64) nanoseconds: bucket n - 2
/// of OpenTelemetry's data model (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
package struct DurationSketch: Hashable, Sendable {
    package static let scale = 6
    /// Of a quantile, against the duration of that rank: (2^(1/64) - 1) / (2^(1/64) + 1) = 0.005415, rounded up.
    package static let relativeError = 0.0055
    /// Slots are below this.
    package static let slotCount = 2 + 64 * bucketsPerOctave

    private static let bucketsPerOctave = 1 << scale

    /// The slot of ``counts``' first element. Neither its first nor its last element is 0.
    private var firstSlot = 0
    private var counts: [Int] = []
    /// How many durations it holds.
    package private(set) var count = 0

    package init() {}

    /// - Parameter counts: Of `firstSlot` and those behind it; the first and the last of them are above 0.
    package init(firstSlot: Int, counts: ArraySlice<Int>) {
        precondition(counts.first ?? 1 > 0 && counts.last ?? 1 > 0 && firstSlot + counts.count <= Self.slotCount)
        self.firstSlot = firstSlot
        self.counts = Array(counts)
        count = counts.reduce(0, +)
    }

    package mutating func add(_ durations: [UInt64]) {
        guard let least = durations.min(), let most = durations.max() else { return }
        widen(to: Self.slot(of: least)...Self.slot(of: most))
        let boundaries = Boundaries.standard
        for nanos in durations { counts[boundaries.slot(of: nanos) - firstSlot] += 1 }
        count += durations.count
    }

    package static func += (left: inout DurationSketch, right: DurationSketch) { left.add(right, 1) }

    /// Takes away durations that were added before.
    package static func -= (left: inout DurationSketch, right: DurationSketch) { left.add(right, -1) }

    private mutating func add(_ other: DurationSketch, _ sign: Int) {
        if other.counts.isEmpty { return }
        widen(to: other.firstSlot...other.firstSlot + other.counts.count - 1)
        let shift = other.firstSlot - firstSlot
        for (place, added) in other.counts.enumerated() { counts[shift + place] += sign * added }
        count += sign * other.count
        if sign < 0 { trim() }
    }

    private mutating func widen(to slots: ClosedRange<Int>) {
        if counts.isEmpty { firstSlot = slots.lowerBound }
        if slots.lowerBound < firstSlot {
            counts.insert(contentsOf: repeatElement(0, count: firstSlot - slots.lowerBound), at: 0)
            firstSlot = slots.lowerBound
        }
        let missing = slots.upperBound + 1 - firstSlot - counts.count
        if missing > 0 { counts += repeatElement(0, count: missing) }
    }

    private mutating func trim() {
        while counts.last == 0 { counts.removeLast() }
        let zeros = counts.prefix { $0 == 0 }.count
        counts.removeFirst(zeros)
        firstSlot = counts.isEmpty ? 0 : firstSlot + zeros
    }

    /// Slots that hold something, ascending.
    package func forEach(_ body: (_ slot: Int, _ count: Int) -> Void) {
        for (place, count) in counts.enumerated() where count != 0 { body(firstSlot + place, count) }
    }

    /// The duration of rank `quantile * (count - 1)`, rounded, in nanoseconds: within ``relativeError`` of it.
    ///
    /// - Parameter quantile: From 0 through 1.
    /// - Returns: `nil` when the sketch holds nothing.
    package func quantile(_ quantile: Double) -> Double? {
        if count <= 0 { return nil }
        let rank = Int((quantile * Double(count - 1)).rounded())
        var seen = 0
        for (place, count) in counts.enumerated() {
            seen += count
            if seen > rank { return Self.estimate(firstSlot + place) }
        }
        return nil
    }
}

// MARK: - Slots
extension DurationSketch {
    package static func slot(of nanos: UInt64) -> Int { Boundaries.standard.slot(of: nanos) }

    /// The value that is off by the same share of the slot's least and its greatest duration.
    package static func estimate(_ slot: Int) -> Double {
        if slot == 0 { return 0 }
        let (octave, place) = (slot - 1).quotientAndRemainder(dividingBy: bucketsPerOctave)
        let upper = Boundaries.standard.roots[place] * Double(sign: .plus, exponent: octave, significand: 1)
        return 2 * upper / (1 + Boundaries.standard.roots[1])
    }

    /// The powers of 2^(1/64) from 1 up to 2, made from square roots, which are the same on every machine.
    private struct Boundaries {
        static let standard = Boundaries()

        private static let cellBits: UInt64 = 8

        let roots: [Double]
        /// `roots` times 2^63.
        private let scaled: [UInt64]
        /// How many roots lie below the first number of each of 256 equal parts of an octave.
        private let below: [Int]

        private init() {
            var steps: [Double] = []
            var step = 2.0
            for _ in 0..<DurationSketch.scale {
                step = step.squareRoot()
                steps.append(step)
            }
            roots = (0..<DurationSketch.bucketsPerOctave).map { place in
                steps.enumerated().reduce(1) { product, step in
                    place >> (DurationSketch.scale - 1 - step.offset) & 1 == 1 ? product * step.element : product
                }
            }
            let scaled = roots.map { UInt64($0 * 0x1p63) }
            self.scaled = scaled
            below = (0..<1 << Self.cellBits).map { cell in
                let first = 1 << 63 | cell << (63 - Self.cellBits)
                return scaled.count { $0 < first }
            }
        }

        func slot(of nanos: UInt64) -> Int {
            if nanos == 0 { return 0 }
            let exponent = 63 - nanos.leadingZeroBitCount
            let fraction = nanos << UInt64(nanos.leadingZeroBitCount)
            var roots = below[Int(truncatingIfNeeded: (fraction << 1) >> (64 - Self.cellBits))]
            while roots < scaled.count, scaled[roots] < fraction { roots += 1 }
            return exponent * DurationSketch.bucketsPerOctave + roots + 1
        }
    }
}

// MARK: - Bytes
extension DurationSketch {
    /// Slots that hold something, ascending, each a number in LEB128: how many slots it lies behind the one before,
    /// times 2, plus 1 where a second number follows, how many durations it holds; they are one where none does.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: Int) {
            var rest = UInt(bitPattern: value)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        var last = 0
        forEach { slot, count in
            append((slot - last) << 1 | (count == 1 ? 0 : 1))
            if count != 1 { append(count) }
            last = slot
        }
        return bytes
    }

    /// - Returns: `nil` for bytes that ``encoded`` can't have given.
    package init?(encoded bytes: [UInt8]) {
        if !add(encoded: bytes) { return nil }
    }

    /// Adds a sketch that stands in bytes.
    ///
    /// - Returns: Whether ``encoded`` can have given them; if not, some of it may be added.
    package mutating func add(encoded bytes: [UInt8]) -> Bool {
        var (place, slot, isFirst) = (0, 0, true)
        while place < bytes.count {
            guard let word = Self.number(bytes, &place) else { return false }
            let (distance, hasCount) = (word >> 1, word & 1 == 1)
            guard distance > 0 || isFirst, distance < Self.slotCount - slot else { return false }
            isFirst = false
            slot += distance
            var added = 1
            if hasCount {
                guard let count = Self.number(bytes, &place), (2..<1 << 48).contains(count) else { return false }
                added = count
            }
            if slot < firstSlot || slot >= firstSlot + counts.count { widen(to: slot...slot) }
            counts[slot - firstSlot] += added
            count += added
        }
        return true
    }

    /// The number in LEB128 that begins at `place`, which is moved behind it.
    ///
    /// - Returns: `nil` when it does not end, or has more than 56 bits.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> Int? {
        var (value, shift) = (0, 0)
        while place < bytes.count, shift < 56 {
            let byte = bytes[place]
            place += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
