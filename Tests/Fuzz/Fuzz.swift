import CFuzzer
import Foundation

/// What is fuzzed: each target takes any bytes, and traps where something does not hold.
enum FuzzTarget: String, CaseIterable {
    case otlpProtobuf = "otlp-protobuf"
    case json, input, traceql, regex
    case storeBlobs = "store-blobs"

    var body: ([UInt8]) -> Void {
        switch self {
        case .otlpProtobuf: ProtobufTarget.run
        case .json: JSONTarget.run
        case .input: InputTarget.run
        case .traceql: QueryTarget.run
        case .regex: RegexTarget.run
        case .storeBlobs: BlobTarget.run
        }
    }
}

/// Set once, before libFuzzer starts.
nonisolated(unsafe) private var body: ([UInt8]) -> Void = { _ in }

/// libFuzzer over the target that the environment names, because libFuzzer starts itself again with its own arguments.
@main struct Fuzz {
    static func main() {
        guard let target = FuzzTarget(rawValue: ProcessInfo.processInfo.environment["TTAQ_FUZZ_TARGET"] ?? "") else {
            for target in FuzzTarget.allCases { print(target.rawValue) }
            return
        }
        body = target.body
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        let code = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
            // A copy on the heap, so that what reads behind its end is seen.
            body(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
        exit(code)
    }
}

/// Ends the process, which libFuzzer reports with the input, unless `isTrue`.
func expect(_ isTrue: Bool, _ rule: @autoclosure () -> String) {
    if !isTrue { fatalError("does not hold: \(rule())") }
}

/// The same number for the same bytes, to choose by (FNV-1a).
func number(of bytes: [UInt8]) -> Int {
    Int(truncatingIfNeeded: bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } >> 8)
}

/// Hands out bytes in pieces, none at the end.
func pieces(_ bytes: [UInt8], of size: Int) -> (Int) -> [UInt8] {
    var rest = bytes[...]
    return { count in
        let piece = rest.prefix(min(size, count))
        rest = rest.dropFirst(piece.count)
        return Array(piece)
    }
}
