import Foundation
import JSONText
import TraceModel
import TraceOTLP

/// Jaeger's typed tags: `{"key": …, "type": "string|bool|int64|float64|binary", "value": …}`.
extension JSONReader {
    mutating func appendJaegerTags(to tags: inout [Attribute], _ keeper: inout LimitKeeper) throws {
        try list { reader in
            guard keeper.takeAttribute(after: tags.count) else { return try reader.skip() }
            var tag = Attribute("", .empty)
            var type = ""
            try reader.object { reader, key in
                switch key {
                case "key": tag.key = try reader.text()
                case "type": type = try reader.text()
                case "value": tag.value = try reader.attributeValue(&keeper)
                default: try reader.skip()
                }
            }
            tag.value = Self.value(tag.value, ofType: type)
            tags.append(tag)
        }
    }

    /// A value as its type says: integers that JavaScript can't hold and bytes stand as text. A value that is not of
    /// its type stays what it is.
    private static func value(_ value: AttributeValue, ofType type: String) -> AttributeValue {
        switch (type, value) {
        case ("int64", .string(let text)): Int64(text).map { .int($0) } ?? value
        case ("int64", .double(let number)): Int64(exactly: number).map { .int($0) } ?? value
        case ("float64", .int(let number)): .double(Double(number))
        case ("float64", .string(let text)): Double(text).map { .double($0) } ?? value
        case ("bool", .string("true")): .bool(true)
        case ("bool", .string("false")): .bool(false)
        case ("binary", .string(let text)): Data(base64Encoded: text).map { .bytes(Array($0)) } ?? value
        default: value
        }
    }

    mutating func jaegerWarnings() throws -> [AttributeValue] {
        var warnings: [AttributeValue] = []
        try list { warnings.append(.string(try $0.text())) }
        return warnings
    }
}
