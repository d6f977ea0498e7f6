import Foundation
import JSONText
import TraceModel

/// Values as protobuf's JSON mapping writes them.
extension JSONReader {
    /// Reads `null` if that is what stands there.
    package mutating func takeNull() throws -> Bool {
        guard try peek() == .null else { return false }
        try null()
        return true
    }

    /// An array, with `null` as an empty one.
    package mutating func list(_ body: (inout JSONReader) throws -> Void) throws {
        if try takeNull() { return }
        try array(body)
    }

    /// A string, with `null` as an empty one.
    package mutating func text() throws -> String {
        try takeNull() ? "" : try string()
    }

    package mutating func hexBytes() throws -> [UInt8] {
        let before = self
        guard let bytes = Hex.decode(try text()) else { throw before.error("an id of hexadecimal digits") }
        return bytes
    }

    package mutating func base64() throws -> [UInt8] {
        let before = self
        guard let data = Data(base64Encoded: try text()) else { throw before.error("base64") }
        return Array(data)
    }

    /// An integer as a number or in quotes.
    package mutating func int64() throws -> Int64 {
        let before = self
        let digits = try digits()
        guard let value = Int64(digits) ?? Double(digits).flatMap({ Int64(exactly: $0) }) else {
            throw before.error("a 64-bit integer")
        }
        return value
    }

    package mutating func uint32() throws -> UInt32 {
        let before = self
        guard let value = UInt32(exactly: try int64()) else { throw before.error("an unsigned 32-bit integer") }
        return value
    }

    /// A time in nanoseconds, `nil` when it is a number that does not fit 64 unsigned bits.
    package mutating func nanos() throws -> UInt64? {
        let before = self
        let digits = try digits()
        if let value = UInt64(digits) { return value }
        guard let number = Double(digits) else { throw before.error("nanoseconds since 1970") }
        return UInt64(exactly: number)
    }

    /// A double as a number, or in quotes as a number, `NaN`, `Infinity` or `-Infinity`.
    package mutating func double() throws -> Double {
        let before = self
        let digits = try digits()
        switch digits {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            guard let value = Double(digits) else { throw before.error("a number") }
            return value
        }
    }

    /// An enumeration as OTLP asks (its number), or as protobuf's own mapping has it (its name).
    package mutating func enumeration(_ prefix: String, _ names: [String]) throws -> Int32 {
        let before = self
        if try peek() == .string {
            let name = try string()
            if let index = names.firstIndex(where: { prefix + $0 == name }) { return Int32(index) }
            if let number = Int32(name) { return number }
            throw before.error("the number of a \(prefix.lowercased().dropLast())")
        }
        if try takeNull() { return 0 }
        guard let value = Int32(exactly: try int64()) else { throw before.error("a 32-bit integer") }
        return value
    }

    /// The digits of a number as written, or the text that stands in its place; `0` for `null`.
    package mutating func digits() throws -> String {
        switch try peek() {
        case .string: return try string()
        case .null:
            try null()
            return "0"
        default: return String(try numberText())
        }
    }
}
