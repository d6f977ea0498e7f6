import Foundation
import JSONText
import TraceFormats
import TraceModel
import TraceReport
import TraceStore

/// Reads inputs into a store, and keeps the account of what became of them.
struct Ingestion {
    /// What `ingest` prints.
    struct Report {
        fileprivate(set) var spans = 0
        fileprivate(set) var duplicateSpans = 0
        fileprivate(set) var rejectedSpans = 0
        fileprivate(set) var unstoredDataPoints = 0
        fileprivate(set) var files = 0
        fileprivate(set) var skippedFiles = 0
        fileprivate(set) var seconds = 0.0
        /// Whether anything was rejected or could not be read.
        fileprivate(set) var failed = false
    }

    private let writer: StoreWriter
    private let limits: ReadingLimits
    private let start = ContinuousClock().now
    private var report = Report()
    private var metricsFiles = 0
    private var logRequests = 0
    /// Messages of one file before the rest is only counted.
    private static let mostMessages = 5

    init(into path: String, limits: ReadingLimits = ReadingLimits()) throws {
        writer = try StoreWriter(path: path)
        self.limits = limits
    }

    /// Reads one input to its end; what is wrong with it goes to stderr.
    ///
    /// - Throws: `StoreError`.
    mutating func read(_ input: Input) throws {
        var messages: [String] = []
        var isSkipped = false
        do {
            let reader = try PayloadReader(input, limits: limits)
            try reader.forEach { payload in
                switch payload {
                case .spans(let batch):
                    try writer.add(batch)
                    messages += account(batch.rejections, of: input)
                case .metrics(let points):
                    report.unstoredDataPoints += points
                    metricsFiles += 1
                case .logs: logRequests += 1
                }
            } failure: { error in
                // A folder may hold other files; one that the user named must be readable.
                if error.isUnrecognised && input.isFromFolder {
                    isSkipped = true
                    messages.append("skipped: " + Failure.message(error))
                } else {
                    report.failed = true
                    messages.append(Failure.message(error))
                }
            }
        } catch let error as InputError {
            report.failed = true
            messages.append(Failure.message(error))
        }
        if isSkipped { report.skippedFiles += 1 } else { report.files += 1 }
        messages.prefix(Self.mostMessages).forEach(Console.error)
        if messages.count > Self.mostMessages {
            Console.error("\(input.name): \(messages.count - Self.mostMessages) more messages")
        }
    }

    /// Commits what is pending.
    ///
    /// - Throws: `StoreError`.
    mutating func finish() throws -> Report {
        try writer.finish()
        report.spans = writer.committed.spans
        report.duplicateSpans = writer.committed.duplicateSpans
        let elapsed = (ContinuousClock().now - start).components
        report.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds / 1_000_000_000_000_000) / 1000
        if metricsFiles > 0 {
            Console.error(
                "metrics are not stored yet: \(HumanText.count(report.unstoredDataPoints)) data points "
                    + "in \(HumanText.count(metricsFiles)) requests were left out")
        }
        if logRequests > 0 { Console.error("logs are not stored yet: \(HumanText.count(logRequests)) requests were left out") }
        return report
    }

    /// One message a reason.
    private mutating func account(_ rejections: [SpanRejection], of input: Input) -> [String] {
        if rejections.isEmpty { return [] }
        report.rejectedSpans += rejections.count
        report.failed = true
        return Dictionary(grouping: rejections, by: \.reason).values.sorted { $0[0].index < $1[0].index }.map { same in
            let count = same.count == 1 ? "1 span" : "\(same.count) spans"
            return "\(input.name): rejected \(count): \(same[0].reason.text); the first is span \(same[0].index) of its request"
        }
    }
}

extension Ingestion.Report {
    /// One object on one line.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, count) in counts {
                writer.key(name)
                writer.write(count)
            }
            writer.key("seconds")
            writer.write(seconds)
        }
        return writer.text
    }

    private var counts: [(String, Int)] {
        [
            ("spans", spans), ("duplicate_spans", duplicateSpans), ("rejected_spans", rejectedSpans),
            ("data_points", 0), ("rejected_data_points", 0), ("unstored_data_points", unstoredDataPoints),
            ("files", files), ("skipped_files", skippedFiles),
        ]
    }
}
