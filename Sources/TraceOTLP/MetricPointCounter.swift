/// Counts the data points of a metrics request without keeping them.
package enum MetricPointCounter {
    /// Gauge, sum, histogram, exponential histogram and summary: field 1 of each is its data points.
    private static let dataFields: Set<UInt32> = [5, 7, 9, 10, 11]

    /// - Throws: ``WireError`` when the bytes can't be read.
    package static func countProtobuf(_ bytes: [UInt8]) throws(WireError) -> Int {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in try count(WireReader(bytes), path: [1, 2, 2]) }
        }.get()
    }

    /// Walks the fields of `path` one level at a time, then counts points.
    private static func count(_ message: WireReader, path: [UInt32]) throws(WireError) -> Int {
        var reader = message
        var total = 0
        while let (field, type) = try reader.nextField() {
            if type == .lengthDelimited, let next = path.first, next == field {
                total += try count(reader.message(), path: Array(path.dropFirst()))
            } else if type == .lengthDelimited, path.isEmpty, dataFields.contains(field) {
                total += try points(reader.message())
            } else {
                try reader.skip(type)
            }
        }
        return total
    }

    private static func points(_ message: WireReader) throws(WireError) -> Int {
        var reader = message
        var total = 0
        while let (field, type) = try reader.nextField() {
            if field == 1, type == .lengthDelimited { total += 1 }
            try reader.skip(type)
        }
        return total
    }
}
