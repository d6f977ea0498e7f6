import JSONText
import TraceModel

extension MetricDetail {
    /// - Throws: `JSONSyntaxError` for what ``encode(_:)`` does not write.
    static func decode(_ json: String) throws -> (value: MetricValue?, exemplars: [Exemplar]) {
        var reader = JSONReader(json)
        var members = DetailMembers()
        try reader.object { try members.read($1, &$0) }
        try reader.finish()
        return (try members.value(reader), members.exemplars)
    }
}

/// The members of a detail. Which of them there are tells what the value is.
private struct DetailMembers {
    private var double: Double?
    private var count: UInt64?
    private var totals: [String: Double] = [:]
    private var bounds: [Double]?
    private var bucketCounts: [UInt64] = []
    private var exponential = ExponentialHistogramValue()
    private var isExponential = false
    private var quantiles: [SummaryValue.Quantile]?
    private(set) var exemplars: [Exemplar] = []

    mutating func read(_ key: String, _ reader: inout JSONReader) throws {
        switch key {
        case "double": double = try reader.real()
        case "count": count = try reader.unsigned()
        case "sum", "min", "max": totals[key] = try reader.real()
        case "bounds": bounds = try reader.elements { try $0.real() }
        case "bucket_counts": bucketCounts = try reader.elements { try $0.unsigned() }
        case "scale":
            exponential.scale = try reader.integer()
            isExponential = true
        case "zero_count": exponential.zeroCount = try reader.unsigned()
        case "zero_threshold": exponential.zeroThreshold = try reader.real()
        case "positive": exponential.positive = try reader.buckets()
        case "negative": exponential.negative = try reader.buckets()
        case "quantiles": quantiles = try reader.elements { try $0.quantile() }
        case "exemplars": exemplars = try reader.elements { try $0.exemplar() }
        default: throw reader.error("a member of a metric point")
        }
    }

    func value(_ reader: JSONReader) throws -> MetricValue? {
        if let double { return .double(double) }
        guard isExponential || bounds != nil || quantiles != nil else { return nil }
        guard let count else { throw reader.error("a count") }
        if isExponential {
            var value = exponential
            value.count = count
            (value.sum, value.min, value.max) = (totals["sum"], totals["min"], totals["max"])
            return .exponentialHistogram(value)
        }
        if let bounds {
            var value = HistogramValue()
            value.count = count
            (value.sum, value.min, value.max) = (totals["sum"], totals["min"], totals["max"])
            (value.bounds, value.bucketCounts) = (bounds, bucketCounts)
            return .histogram(value)
        }
        var value = SummaryValue()
        value.count = count
        value.sum = totals["sum"] ?? 0
        value.quantiles = quantiles ?? []
        return .summary(value)
    }
}

extension JSONReader {
    fileprivate mutating func elements<Element>(_ read: (inout JSONReader) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        try array { elements.append(try read(&$0)) }
        return elements
    }

    fileprivate mutating func integer<Number: FixedWidthInteger>() throws -> Number {
        let before = self
        guard let number = Number(try numberText()) else { throw before.error("a whole number") }
        return number
    }

    /// A number, or what stands for one.
    fileprivate mutating func real() throws -> Double {
        let before = self
        if try peek() == .string {
            let text = try string()
            switch text {
            case "Infinity": return .infinity
            case "-Infinity": return -.infinity
            case "NaN": return .nan
            default:
                let bits = text.hasPrefix("NaN ") ? UInt64(text.dropFirst(4), radix: 16) : nil
                guard let number = bits.map({ Double(bitPattern: $0) }), number.isNaN else {
                    throw before.error("NaN or an infinity")
                }
                return number
            }
        }
        guard let number = Double(try numberText()) else { throw before.error("a number") }
        return number
    }

    fileprivate mutating func buckets() throws -> ExponentialHistogramValue.Buckets {
        var buckets = ExponentialHistogramValue.Buckets()
        try object { reader, key in
            switch key {
            case "offset": buckets.offset = try reader.integer()
            case "counts": buckets.counts = try reader.elements { try $0.unsigned() }
            default: throw reader.error("offset or counts")
            }
        }
        return buckets
    }

    fileprivate mutating func quantile() throws -> SummaryValue.Quantile {
        var quantile = SummaryValue.Quantile(quantile: 0, value: 0)
        try object { reader, key in
            switch key {
            case "quantile": quantile.quantile = try reader.real()
            case "value": quantile.value = try reader.real()
            default: throw reader.error("quantile or value")
            }
        }
        return quantile
    }

    fileprivate mutating func exemplar() throws -> Exemplar {
        var exemplar = Exemplar()
        var attributes = StoredAttributes()
        try object { reader, key in
            switch key {
            case "time_unix_nano": exemplar.timeNanos = try reader.unsigned()
            case "int": exemplar.value = .int(try reader.integer())
            case "double": exemplar.value = .double(try reader.real())
            case "trace_id": exemplar.traceID = try reader.hex()
            case "span_id": exemplar.spanID = try reader.hex()
            default: try attributes.read(key, &reader)
            }
        }
        exemplar.filteredAttributes = try attributes.decoded().0
        return exemplar
    }
}
