import JSONText
import TraceModel

/// A span of a format that is not OTLP, with what it shares with others, or why it is not kept.
enum ReadSpan {
    case kept(TraceSpan, Resource, Scope)
    case rejected(SpanRejection.Reason)
}

/// Why a span is not kept: thrown while it is read.
struct RejectedSpan: Error {
    let reason: SpanRejection.Reason

    init(_ reason: SpanRejection.Reason) { self.reason = reason }
}

extension ReadSpan {
    init(_ result: Result<ReadSpan, RejectedSpan>) {
        switch result {
        case .success(let span): self = span
        case .failure(let rejected): self = .rejected(rejected.reason)
        }
    }

    /// What `body` reads; the rejection of one that can't be kept.
    init(_ body: () throws -> ReadSpan) throws { self.init(try Result(reading: body)) }

    /// What `body` reads; one rejection when none of them can be kept.
    static func all(_ body: () throws -> [ReadSpan]) throws -> [ReadSpan] {
        switch try Result(reading: body) {
        case .success(let spans): spans
        case .failure(let rejected): [.rejected(rejected.reason)]
        }
    }
}

extension Result where Failure == RejectedSpan {
    /// Takes a value of another type than expected, in text that is JSON, as the reason of a rejection.
    init(reading body: () throws -> Success) throws {
        do {
            self = .success(try body())
        } catch let error as RejectedSpan {
            self = .failure(error)
        } catch let error as JSONSyntaxError {
            self = .failure(RejectedSpan(.unreadable(expected: error.expected, found: error.found)))
        }
    }
}

/// Puts spans that come one by one into requests.
struct SpanGatherer {
    private struct Source: Hashable {
        let resource: Resource
        let scope: Scope
    }

    private var batch = SpanBatch()
    private var groups: [Source: Int] = [:]
    /// Over all requests of the input, so that a rejection says where its span stands in it.
    private var spanIndex = 0

    var isEmpty: Bool { batch.groups.isEmpty && batch.rejections.count == 0 }

    mutating func add(_ spans: [ReadSpan]) {
        for span in spans {
            switch span {
            case .kept(let span, let resource, let scope): add(span, resource, scope)
            case .rejected(let reason): batch.rejections.add(reason, index: spanIndex)
            }
            spanIndex += 1
        }
    }

    private mutating func add(_ span: TraceSpan, _ resource: Resource, _ scope: Scope) {
        let source = Source(resource: resource, scope: scope)
        if let group = groups[source] {
            batch.groups[group].spans.append(span)
        } else {
            groups[source] = batch.groups.count
            batch.groups.append(SpanGroup(resource: resource, scope: scope, spans: [span]))
        }
    }

    /// What was added since the last call.
    mutating func take() -> SpanBatch {
        defer {
            batch = SpanBatch()
            groups = [:]
        }
        return batch
    }
}
