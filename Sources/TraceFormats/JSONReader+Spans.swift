import JSONText
import TraceModel
import TraceOTLP

/// Values as other formats than OTLP have them.
extension JSONReader {
    /// Reads a span. One with a value of another type than expected is rejected, and what comes behind it read on.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON.
    mutating func span<Value>(_ body: (inout JSONReader) throws -> Value) throws -> Result<Value, RejectedSpan> {
        let start = self
        let result = try Result(reading: { try body(&self) })
        if case .failure = result {
            self = start
            try skip()
        }
        return result
    }

    /// The same for a value that is one span.
    mutating func readSpan(_ body: (inout JSONReader) throws -> ReadSpan) throws -> ReadSpan {
        ReadSpan(try span(body))
    }

    /// Microseconds as nanoseconds, or `nil` for `null`.
    ///
    /// - Throws: ``RejectedSpan`` when they are negative or their nanoseconds do not fit 64 bits.
    mutating func microseconds() throws -> UInt64? {
        if try takeNull() { return nil }
        let before = self
        let digits = try digits()
        if let whole = UInt64(digits) {
            let (nanos, isTooLarge) = whole.multipliedReportingOverflow(by: 1000)
            if isTooLarge { throw RejectedSpan(.timeOutOfRange) }
            return nanos
        }
        guard let number = Double(digits) else { throw before.error("microseconds") }
        guard let nanos = UInt64(exactly: (number * 1000).rounded()) else { throw RejectedSpan(.timeOutOfRange) }
        return nanos
    }

    /// Nanoseconds, or `nil` for `null`.
    ///
    /// - Throws: ``RejectedSpan`` when they are negative or do not fit 64 bits.
    mutating func nanoseconds() throws -> UInt64? {
        if try takeNull() { return nil }
        guard let nanos = try nanos() else { throw RejectedSpan(.timeOutOfRange) }
        return nanos
    }

    /// Any JSON as an attribute's value: an object as a map, a number without point and exponent as an integer. A
    /// number that fits neither 64 bits nor a double stays text.
    mutating func attributeValue(_ keeper: inout LimitKeeper, depth: Int = 0) throws -> AttributeValue {
        switch try peek() {
        case .string:
            let text = try string()
            return keeper.takeBytes(text.utf8.count) ? .string(text) : .empty
        case .bool: return .bool(try bool())
        case .null:
            try null()
            return .empty
        case .number:
            let digits = try numberText()
            let isWhole = !digits.contains { $0 == "." || $0 == "e" || $0 == "E" }
            if isWhole { return Int64(digits).map { .int($0) } ?? .string(String(digits)) }
            return Double(digits).flatMap { $0.isFinite ? .double($0) : nil } ?? .string(String(digits))
        case .array:
            try checkDepth(depth, keeper.limits)
            var values: [AttributeValue] = []
            try array { reader in
                guard keeper.takeElement() else { return try reader.skip() }
                values.append(try reader.attributeValue(&keeper, depth: depth + 1))
            }
            return .array(values)
        case .object:
            try checkDepth(depth, keeper.limits)
            var members: [Attribute] = []
            try object { reader, key in
                guard keeper.takeElement(), keeper.takeBytes(key.utf8.count) else { return try reader.skip() }
                members.append(Attribute(key, try reader.attributeValue(&keeper, depth: depth + 1)))
            }
            return .map(members)
        }
    }

    private func checkDepth(_ depth: Int, _ limits: DecodingLimits) throws(JSONSyntaxError) {
        guard depth < limits.nesting else {
            throw JSONSyntaxError(
                offset: position, expected: "at most \(limits.nesting) nested values", found: "one more")
        }
    }

    /// Reads an attribute's value and keeps it where the limits allow.
    mutating func append(_ key: String, to attributes: inout [Attribute], _ keeper: inout LimitKeeper) throws {
        guard keeper.takeAttribute(after: attributes.count) else { return try skip() }
        attributes.append(Attribute(key, try attributeValue(&keeper)))
    }
}
