/// Sebastiano Vigna's SplitMix64: the same numbers on every machine and in every run, for demos, workloads and tests.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64
    /// What a number is further than the one before: states that differ by it are of one sequence.
    package static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= Self.step
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
