import TraceModel
import TraceOTLP
import TraceStore

/// OTLP protobuf: what can be read is the same after being written as JSON and read again.
enum ProtobufTarget {
    static func run(_ bytes: [UInt8]) {
        _ = ProtobufRequest.signal(of: bytes)
        _ = try? MetricPointCounter.countProtobuf(bytes)
        if let flat = try? ProtobufTraceDecoder.decode(bytes) { check(flat) }
        if let logs = try? ProtobufTraceDecoder.decodeLogs(bytes), logs.recordCount > 0 { check(logs.groups) }
    }

    static func check(_ flat: FlatSpans) {
        let batch = flat.batch
        let json = JSONTraceEncoder.encode(batch.groups)
        expect(JSONTraceEncoder.encode(FlatSpans(batch).batch.groups) == json, "flat spans are the batch")
        var preparer = SpanPreparer()
        preparer.add(flat)
        expect(preparer.take().spanCount == batch.spanCount, "every span is prepared")
        check(batch.groups)
    }

    static func check(_ groups: [SpanGroup]) {
        let json = JSONTraceEncoder.encode(groups)
        do {
            let again = try JSONTraceDecoder.decode(json)
            expect(JSONTraceEncoder.encode(again.groups) == json, "spans are read back from JSON as they were written")
        } catch {
            fatalError("JSON that was written is not read: \(error)")
        }
    }

    static func check(_ groups: [LogGroup]) {
        let json = JSONTraceEncoder.encode(groups)
        do {
            let again = try JSONTraceDecoder.decodeLogs(json)
            expect(JSONTraceEncoder.encode(again.groups) == json, "logs are read back from JSON as they were written")
        } catch {
            fatalError("JSON that was written is not read: \(error)")
        }
    }
}
