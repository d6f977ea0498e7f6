import JSONText

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
