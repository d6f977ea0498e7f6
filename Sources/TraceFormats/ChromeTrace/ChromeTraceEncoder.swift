import JSONText
import TraceModel

/// Writes one trace as Perfetto and Chrome read it: the Trace Event Format's JSON object form
/// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU). A process is a service, a thread
/// one of its lanes: on a lane spans stand only above those that called them, so that none hides another. Times are
/// microseconds after the first start, which `otherData` names; nanoseconds are their fraction.
package enum ChromeTraceEncoder {
    /// - Parameter groups: The spans of one trace, at least one.
    /// - Returns: One line, without a line feed.
    package static func encode(_ traceID: TraceID, _ groups: [SpanGroup]) -> [UInt8] {
        let spans = groups.flatMap { group in group.spans.map { ($0, group.resource.serviceName ?? "unknown service") }
        }
        let starts = Dictionary(spans.map { ($0.1, $0.0.startNanos) }, uniquingKeysWith: min)
        let services = starts.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        let first = spans.reduce(UInt64.max) { min($0, $1.0.startNanos) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("traceEvents")
            writer.array { writer in
                for (place, service) in services.enumerated() {
                    let own = spans.filter { $0.1 == service }.map(\.0)
                    writer.process(place + 1, service, own, after: first)
                }
            }
            writer.field("displayTimeUnit", "ms")
            writer.key("otherData")
            writer.object { writer in
                writer.field("trace_id", traceID.hex)
                writer.field("start_time", Timestamp.utcText(first))
                writer.field("start_unix_nano", String(first))
            }
        }
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func process(_ id: Int, _ service: String, _ spans: [TraceSpan], after first: UInt64) {
        let lanes = TraceLanes(spans)
        metadata("process_name", id, 0, service)
        for lane in 0..<lanes.count { metadata("thread_name", id, lane + 1, "lane \(lane + 1)") }
        for index in lanes.order {
            let (span, lane) = (spans[index], lanes.lanes[index] + 1)
            object { $0.span(span, id, lane, after: first) }
            for event in span.events {
                object { writer in
                    writer.head("i", event.name, id, lane)
                    writer.time("ts", event.timeNanos, after: first)
                    writer.field("s", "t")
                    writer.key("args")
                    writer.write(event.attributes.plainJSON)
                }
            }
        }
    }

    private mutating func span(_ span: TraceSpan, _ process: Int, _ lane: Int, after first: UInt64) {
        head("X", span.name.isEmpty ? "\"\"" : span.name, process, lane)
        field("cat", span.status.code == StatusCode.error ? "span,error" : "span")
        time("ts", span.startNanos, after: first)
        time("dur", span.endNanos >= span.startNanos ? span.endNanos : span.startNanos, after: span.startNanos)
        if span.status.code == StatusCode.error { field("cname", "terrible") }
        key("args")
        var args = [Attribute("span:id", .string(span.spanID.hex))]
        if let parent = span.parent { args.append(Attribute("span:parentID", .string(parent.hex))) }
        args.append(Attribute("kind", .string(SpanKind.name(span.kind))))
        args.append(Attribute("status", .string(StatusCode.name(span.status.code))))
        if !span.status.message.isEmpty { args.append(Attribute("statusMessage", .string(span.status.message))) }
        if span.endNanos == 0 {
            args.append(Attribute("unfinished", .bool(true)))
        } else if span.endNanos < span.startNanos {
            args.append(Attribute("ends_before_start_by_ns", .int(Int64(clamping: span.startNanos - span.endNanos))))
        }
        write((args + span.attributes).plainJSON)
    }

    private mutating func metadata(_ name: String, _ process: Int, _ thread: Int, _ value: String) {
        object { writer in
            writer.head("M", name, process, thread)
            writer.key("args")
            writer.object { $0.field("name", value) }
        }
    }

    private mutating func head(_ phase: String, _ name: String, _ process: Int, _ thread: Int) {
        field("ph", phase)
        field("name", name)
        key("pid")
        write(process)
        key("tid")
        write(thread)
    }

    /// Microseconds, exact: a double of the whole time since 1970 would lose nanoseconds.
    private mutating func time(_ name: String, _ nanos: UInt64, after first: UInt64) {
        let (size, sign) = nanos >= first ? (nanos - first, "") : (first - nanos, "-")
        let fraction = String(size % 1000)
        key(name)
        raw("\(sign)\(size / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction)
    }

    fileprivate mutating func field(_ name: String, _ text: String) {
        key(name)
        write(text)
    }
}
