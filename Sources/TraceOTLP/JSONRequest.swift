import JSONText

/// Tells OTLP JSON requests apart by their keys.
package enum JSONRequest {
    package enum Recognised: Equatable {
        case known(OTLPSignal)
        /// No OTLP request: what stands there instead, in words.
        case unknown(String)
    }

    private static let keys: [String: OTLPSignal] = [
        "resourceSpans": .traces, "resourceMetrics": .metrics, "resourceLogs": .logs,
    ]

    /// - Throws: `JSONSyntaxError` when the value is no JSON as far as it had to be read.
    package static func signal(of bytes: [UInt8], range: Range<Int>) throws -> Recognised {
        var reader = JSONReader(bytes, range: range)
        switch try reader.peek() {
        case .object: break
        case .array: return .unknown("a JSON array")
        default: return .unknown("a JSON value that is no object")
        }
        var found: OTLPSignal?
        var others: [String] = []
        do {
            try reader.object { reader, key in
                if let signal = keys[key] {
                    found = signal
                    throw Stop()
                }
                if others.count < 5 { others.append(key) }
                try reader.skip()
            }
        } catch is Stop {}
        if let found { return .known(found) }
        // An empty request is the empty object.
        return others.isEmpty ? .known(.traces) : .unknown("an object with \(listed(others))")
    }

    private static func listed(_ keys: [String]) -> String {
        keys.prefix(4).joined(separator: ", ") + (keys.count > 4 ? ", …" : "")
    }

    private struct Stop: Error {}
}

extension MetricPointCounter {
    private static let dataKeys: Set<String> = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"]

    /// - Throws: `JSONSyntaxError` when the request can't be read.
    package static func countJSON(_ bytes: [UInt8], range: Range<Int>) throws -> Int {
        var reader = JSONReader(bytes, range: range)
        return try count(&reader, path: ["resourceMetrics", "scopeMetrics", "metrics"])
    }

    private static func count(_ reader: inout JSONReader, path: [String]) throws -> Int {
        var total = 0
        try reader.object { reader, key in
            if let next = path.first, next == key {
                try reader.list { total += try count(&$0, path: Array(path.dropFirst())) }
            } else if path.isEmpty, dataKeys.contains(key) {
                total += try points(&reader)
            } else {
                try reader.skip()
            }
        }
        return total
    }

    private static func points(_ reader: inout JSONReader) throws -> Int {
        var total = 0
        try reader.object { reader, key in
            guard key == "dataPoints" else { return try reader.skip() }
            try reader.list {
                total += 1
                try $0.skip()
            }
        }
        return total
    }
}
