import TraceModel
import TraceOTLP

@testable import TraceFormats

/// JSON of every format: what is found does not depend on the pieces in which the text arrives.
enum JSONTarget {
    static func run(_ text: [UInt8]) {
        let choice = number(of: text)
        let formats: [InputFormat?] = [nil] + InputFormat.allCases
        for format in Set([nil, formats[choice % formats.count]]) {
            let whole = Reading(text, format, pieceBytes: max(text.count, 1))
            let parts = Reading(text, format, pieceBytes: 1 + choice % 61)
            expect(whole.spans == parts.spans, "the same spans in pieces as in one")
            expect(whole.others == parts.others, "the same other requests in pieces as in one")
            expect(whole.rejections == parts.rejections, "the same rejections in pieces as in one")
            expect(whole.failures == parts.failures, "the same failures: \(whole.failures) and \(parts.failures)")
        }
    }

    private struct Reading {
        /// As JSON, resource and scope included, and how often.
        var spans: [[UInt8]: Int] = [:]
        /// Metric points; log records.
        var others: [Int] = []
        var rejections: [SpanRejection.Reason: Int] = [:]
        var failures: [InputError] = []

        init(_ text: [UInt8], _ format: InputFormat?, pieceBytes: Int) {
            let next = pieces(text, of: pieceBytes)
            var payloads = JSONPayloads(
                Input(name: "input", path: nil), format: format, limits: ReadingLimits(), start: next(4096), next: next)
            do {
                try payloads.forEach({ add($0) }, failure: { failures.append($0) })
            } catch let error as InputError {
                failures.append(error)
            } catch {
                fatalError("\(error) is thrown where input errors are")
            }
        }

        private mutating func add(_ payload: Payload) {
            switch payload {
            case .spans(let flat):
                ProtobufTarget.check(flat)
                for group in flat.batch.groups {
                    for span in group.spans {
                        let alone = SpanGroup(resource: group.resource, scope: group.scope, spans: [span])
                        spans[JSONTraceEncoder.encode([alone]), default: 0] += 1
                    }
                }
                count(flat.rejections)
            case .metrics(let points): others.append(points)
            case .logs(let logs):
                ProtobufTarget.check(logs.groups)
                others.append(-logs.recordCount)
                count(logs.rejections)
            }
        }

        private mutating func count(_ rejected: SpanRejections) {
            for rejection in rejected.reasons { rejections[rejection.reason, default: 0] += rejection.count }
        }
    }
}
