import JSONText
import TraceModel

/// What of a metric point has no column of its own, as JSON: see `metric_point` in the schema.
package enum MetricDetail {
    /// `nil` when there is nothing to say.
    package static func encode(_ point: MetricPoint) -> String? {
        var writer = JSONWriter()
        writer.object { writer in
            writer.members(of: point.value)
            if !point.exemplars.isEmpty {
                writer.key("exemplars")
                writer.array { writer in point.exemplars.forEach { writer.write($0) } }
            }
        }
        return writer.bytes.count > 2 ? writer.text : nil
    }

    /// Whether a column for real numbers gives back the same bits: SQLite takes NaN for null, and -0 for 0.
    static func isPlain(_ number: Double) -> Bool { number.isFinite && (number != 0 || number.sign == .plus) }

    /// What stands for a number that JSON does not have; `nil` for others.
    package static func standIn(for number: Double) -> String? {
        if number.isFinite { return nil }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        let bits = number.bitPattern
        return bits == Double.nan.bitPattern ? "NaN" : "NaN \(String(bits, radix: 16))"
    }
}

extension JSONWriter {
    fileprivate mutating func members(of value: MetricValue) {
        switch value {
        case .none, .int: break
        case .double(let number): if !MetricDetail.isPlain(number) { member("double", number) }
        case .histogram(let histogram):
            totals(histogram.count, histogram.sum, histogram.min, histogram.max)
            key("bounds")
            array { writer in histogram.bounds.forEach { writer.writeExactly($0) } }
            member("bucket_counts", histogram.bucketCounts)
        case .exponentialHistogram(let histogram):
            totals(histogram.count, histogram.sum, histogram.min, histogram.max)
            member("scale", histogram.scale)
            member("zero_count", histogram.zeroCount)
            member("zero_threshold", histogram.zeroThreshold)
            member("positive", histogram.positive)
            member("negative", histogram.negative)
        case .summary(let summary):
            totals(summary.count, summary.sum, nil, nil)
            key("quantiles")
            array { writer in
                for quantile in summary.quantiles {
                    writer.object { writer in
                        writer.member("quantile", quantile.quantile)
                        writer.member("value", quantile.value)
                    }
                }
            }
        }
    }

    private mutating func totals(_ count: UInt64, _ sum: Double?, _ min: Double?, _ max: Double?) {
        member("count", count)
        for (name, number) in [("sum", sum), ("min", min), ("max", max)] {
            if let number { member(name, number) }
        }
    }

    fileprivate mutating func write(_ exemplar: Exemplar) {
        object { writer in
            writer.member("time_unix_nano", exemplar.timeNanos)
            switch exemplar.value {
            case .int(let number): writer.member("int", number)
            case .double(let number): writer.member("double", number)
            case .none, .histogram, .exponentialHistogram, .summary: break
            }
            for (name, id) in [("trace_id", exemplar.traceID), ("span_id", exemplar.spanID)] where !id.isEmpty {
                writer.key(name)
                writer.write(Hex.encode(id))
            }
            if !exemplar.filteredAttributes.isEmpty { writer.attributes(exemplar.filteredAttributes, dropped: nil) }
        }
    }

    private mutating func member(_ name: String, _ number: some BinaryInteger) {
        key(name)
        write(number)
    }

    private mutating func member(_ name: String, _ number: Double) {
        key(name)
        writeExactly(number)
    }

    private mutating func member(_ name: String, _ counts: [UInt64]) {
        key(name)
        array { writer in counts.forEach { writer.write($0) } }
    }

    private mutating func member(_ name: String, _ buckets: ExponentialHistogramValue.Buckets) {
        key(name)
        object { writer in
            writer.member("offset", buckets.offset)
            writer.member("counts", buckets.counts)
        }
    }

    private mutating func writeExactly(_ number: Double) {
        if let text = MetricDetail.standIn(for: number) { write(text) } else { write(number) }
    }
}
