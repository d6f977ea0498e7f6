/// A typed value as OTLP's `AnyValue` has it.
///
/// Two doubles are equal when their bits are, so that NaN equals itself and 0 differs from -0: equality here means
/// 'the same thing was sent'.
package enum AttributeValue: Sendable {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([Attribute])
    /// An `AnyValue` with nothing in it.
    case empty
}

/// One key and its value. Order and repeated keys are kept wherever attributes stand in a list.
package struct Attribute: Hashable, Sendable {
    package var key: String
    package var value: AttributeValue

    package init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

extension String {
    /// The same bytes. Swift's own equality takes `é` as one scalar and as two for the same text; senders need not.
    package func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Attribute {
    package static func == (left: Attribute, right: Attribute) -> Bool {
        left.key.isExactly(right.key) && left.value == right.value
    }
}

extension AttributeValue: Hashable {
    package static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.string(let a), .string(let b)): a.isExactly(b)
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.bytes(let a), .bytes(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        case (.empty, .empty): true
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.bitPattern)
        case .bytes(let value): hasher.combine(value)
        case .array(let values): hasher.combine(values)
        case .map(let values): hasher.combine(values)
        case .empty: hasher.combine(0)
        }
    }
}

extension AttributeValue {
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value as a whole number: an int, a double without a fraction, or the decimal text of an int.
    package var wholeNumber: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        case .string(let text): Int64(text)
        default: nil
        }
    }

    /// The value as a finite number.
    package var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value) where value.isFinite: value
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    package var bool: Bool? {
        switch self {
        case .bool(let value): value
        case .string("true"): true
        case .string("false"): false
        default: nil
        }
    }

    /// A string, bool or number as text; `nil` for everything that is no scalar.
    package var scalarText: String? {
        switch self {
        case .string(let value): value
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): value.description
        case .bytes, .array, .map, .empty: nil
        }
    }
}

extension [Attribute] {
    /// The first value under `key`.
    package subscript(key: String) -> AttributeValue? {
        first { $0.key == key }?.value
    }
}
