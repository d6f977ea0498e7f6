import Foundation
import JSONText
import TraceModel

extension AttributeValue {
    /// The value as JSON without OTLP's types: bytes are base64, and doubles that JSON lacks are text.
    var plainJSON: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .bool(let flag): .bool(flag)
        case .int(let number): .number(String(number))
        case .double(let number):
            number.isFinite
                ? .number(number.description)
                : .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        case .bytes(let bytes): .string(Data(bytes).base64EncodedString())
        case .array(let values): .array(values.map(\.plainJSON))
        case .map(let members): members.plainJSON
        case .empty: .null
        }
    }
}

extension [Attribute] {
    /// An object in which a key that is repeated says how many stand before it: `key#2`.
    var plainJSON: JSONValue {
        var counts: [String: Int] = [:]
        return .object(
            map { attribute in
                let count = counts[attribute.key, default: 0] + 1
                counts[attribute.key] = count
                return (count == 1 ? attribute.key : "\(attribute.key)#\(count)", attribute.value.plainJSON)
            })
    }
}
