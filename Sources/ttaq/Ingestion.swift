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
        fileprivate(set) var logRecords = 0
        fileprivate(set) var duplicateLogRecords = 0
        fileprivate(set) var rejectedLogRecords = 0
        fileprivate(set) var unstoredDataPoints = 0
        fileprivate(set) var files = 0
        fileprivate(set) var skippedFiles = 0
        fileprivate(set) var seconds = 0.0
        /// Whether anything was rejected or could not be read.
        fileprivate(set) var failed = false
        /// The signal that ended reading before the inputs ended.
        fileprivate(set) var stoppedBy: Int32?
    }

    private let writer: StoreWriter
    private let preparer: SpanPreparer
    private let format: InputFormat?
    private let limits: ReadingLimits
    private let start = ContinuousClock().now
    private var report = Report()
    private var metricsRequests = 0
    /// Kept until the end: the second Ctrl-C may come while the rest is sealed.
    private var interruption: Interruption?

    /// - Parameter format: What the inputs are; `nil` to tell it from their content.
    init(into path: String, format: InputFormat? = nil, limits: ReadingLimits = ReadingLimits()) throws {
        writer = try StoreWriter(path: path)
        preparer = try writer.makePreparer()
        self.format = format
        self.limits = limits
    }

    /// Stored for good so far.
    var committedSpans: Int { writer.committed.spans }

    /// Reads inputs to their ends, one thread decoding while this one writes; what is wrong with them goes to stderr.
    ///
    /// Ctrl-C or SIGTERM end it early.
    ///
    /// - Throws: `StoreError`.
    mutating func read(_ inputs: [Input]) throws {
        let channel = BoundedChannel<Event>(capacity: 2 * Event.batchWeight)
        let sizes = inputs.map(\.size)
        let progress = ProgressDisplay(bytes: sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) })
        let decoding = Decoding(
            inputs: inputs, preparer: preparer, format: format, limits: limits, channel: channel, progress: progress)
        let interruption = Interruption { channel.finish() }
        self.interruption = interruption
        Thread.detachNewThread { decoding.run() }
        // When writing fails, the decoding thread must not wait for room for ever.
        defer {
            channel.finish()
            progress?.finish()
        }
        try account(channel, progress)
        if report.files + report.skippedFiles < inputs.count { report.stoppedBy = interruption.received }
    }

    private mutating func account(_ channel: BoundedChannel<Event>, _ progress: ProgressDisplay?) throws {
        var messages = Messages()
        while let event = channel.receive() {
            switch event {
            case .spans(let batch):
                try writer.add(batch)
                progress?.set(spans: writer.committed.spans + writer.committed.duplicateSpans)
            case .rejections(let rejections, let isOfLogs, let input):
                account(rejections, isOfLogs, of: input).forEach { messages.add($0) }
            case .metrics(let points):
                report.unstoredDataPoints += points
                metricsRequests += 1
            case .logs(let batch): try writer.add(batch)
            case .failure(let error, let input): messages.add(account(error, of: input))
            case .end(let input, let isSkipped):
                if isSkipped { report.skippedFiles += 1 } else { report.files += 1 }
                let said = messages
                progress.aside { Self.say(said, of: input) }
                messages = Messages()
            }
        }
    }

    private static func say(_ messages: Messages, of input: Input) {
        messages.first.forEach(Console.error)
        if messages.more > 0 { Console.error("\(input.name): \(HumanText.count(messages.more)) more messages") }
    }

    /// The first messages of one input, and how many more there were.
    private struct Messages {
        private(set) var first: [String] = []
        private(set) var more = 0
        private static let most = 5

        mutating func add(_ message: String) {
            if first.count < Self.most { first.append(message) } else { more += 1 }
        }
    }

    /// Commits what is pending.
    ///
    /// - Throws: `StoreError`.
    mutating func finish() throws -> Report {
        try writer.finish()
        report.spans = writer.committed.spans
        report.duplicateSpans = writer.committed.duplicateSpans
        report.logRecords = writer.committed.logRecords
        report.duplicateLogRecords = writer.committed.duplicateLogRecords
        let beyond = writer.committed.spansBeyondTrace
        if beyond > 0 {
            report.rejectedSpans += beyond
            report.failed = true
            Console.error("rejected \(HumanText.plural(beyond, "span")) of traces that have 16,777,216 spans already")
        }
        let old = writer.committed.spansBeforeHorizon
        if old > 0 {
            report.rejectedSpans += old
            report.failed = true
            Console.error(
                "rejected \(HumanText.plural(old, "span")) that had ended when 'ttaq db retain' removed the runs of that "
                    + "time: they may have been counted; ingest them into another store (--db)")
        }
        if report.stoppedBy != nil {
            Console.error(
                "stopped: \(HumanText.plural(report.spans, "span")) of this call \(report.spans == 1 ? "is" : "are") stored; "
                    + "the same command again adds the rest")
        }
        let elapsed = (ContinuousClock().now - start).components
        report.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds / 1_000_000_000_000_000) / 1000
        if metricsRequests > 0 {
            Console.error(
                "metrics are not stored yet: \(HumanText.count(report.unstoredDataPoints)) data points "
                    + "in \(HumanText.count(metricsRequests)) requests were left out")
        }
        return report
    }

    /// A folder may hold other files; one that the user named must be readable.
    private mutating func account(_ error: InputError, of input: Input) -> String {
        if error.isUnrecognised && input.isFromFolder { return "skipped: " + Failure.message(error) }
        report.failed = true
        return Failure.message(error)
    }

    /// One message a reason.
    private mutating func account(_ rejections: SpanRejections, _ isOfLogs: Bool, of input: Input) -> [String] {
        rejections.reasons.map { rejection in
            if isOfLogs {
                report.rejectedLogRecords += rejection.count
            } else {
                report.rejectedSpans += rejection.count
            }
            report.failed = true
            let items = HumanText.plural(rejection.count, isOfLogs ? "log record" : "span")
            return "\(input.name): rejected \(items) with \(rejection.reason.text); the first is number "
                + "\(rejection.firstIndex + 1) of its request"
        }
    }
}

/// What the decoding thread tells the writing one, in order.
private enum Event: Sendable {
    case spans(PreparedBatch)
    /// - Parameter isOfLogs: Whether they are of log records.
    case rejections(SpanRejections, isOfLogs: Bool, of: Input)
    case metrics(dataPoints: Int)
    case logs(LogBatch)
    case failure(InputError, of: Input)
    /// `isSkipped`: it was of no kind that is read, in a folder.
    case end(Input, isSkipped: Bool)

    /// Two batches wait at most, or as many small events as make no difference.
    static let batchWeight = 10_000

    var weight: Int {
        switch self {
        case .spans: Event.batchWeight
        case .logs(let batch): min(Event.batchWeight, batch.recordCount)
        default: 1
        }
    }
}

/// Decodes inputs one after the other, and gathers their spans to batches.
private struct Decoding: Sendable {
    let inputs: [Input]
    let preparer: SpanPreparer
    let format: InputFormat?
    let limits: ReadingLimits
    let channel: BoundedChannel<Event>
    let progress: ProgressDisplay?

    private static let spansPerBatch = 16_384
    private static let bytesPerBatch = 16 << 20
    /// A slow input's spans are written after so long, so that they can be asked about.
    private static let patience = Duration.seconds(1)

    func run() {
        var gatherer = Gatherer(preparer: preparer, channel: channel)
        for input in inputs {
            var isSkipped = false
            func fail(_ error: InputError) {
                isSkipped = isSkipped || error.isUnrecognised && input.isFromFolder
                channel.send(.failure(error, of: input))
            }
            do {
                let reader = try PayloadReader(input, format: format, limits: limits) { progress?.add(bytes: $0) }
                try reader.forEach { payload in
                    try gatherer.take(payload, of: input)
                } failure: {
                    fail($0)
                }
            } catch is Stopped {
                return
            } catch let error as InputError {
                fail(error)
            } catch {
                fail(
                    InputError(name: input.name, place: .whole, expected: "a file that can be read", found: "\(error)"))
            }
            channel.send(.end(input, isSkipped: isSkipped))
        }
        gatherer.finish()
    }

    private struct Gatherer {
        var preparer: SpanPreparer
        let channel: BoundedChannel<Event>
        private var lastSent = ContinuousClock.now

        init(preparer: SpanPreparer, channel: BoundedChannel<Event>) {
            self.preparer = preparer
            self.channel = channel
        }

        /// - Throws: `Stopped` when nobody listens any more.
        mutating func take(_ payload: Payload, of input: Input) throws {
            switch payload {
            case .spans(let request):
                preparer.add(request)
                if request.rejections.count > 0 {
                    try tell(.rejections(request.rejections, isOfLogs: false, of: input))
                }
                let isDue = ContinuousClock.now - lastSent >= Decoding.patience
                if isDue || preparer.waitingSpans >= spansPerBatch || preparer.waitingBytes >= bytesPerBatch {
                    try send()
                }
            case .metrics(let points): try tell(.metrics(dataPoints: points))
            case .logs(let batch):
                // In the order of the inputs, so that what is committed is the front of them.
                try send()
                if batch.rejections.count > 0 { try tell(.rejections(batch.rejections, isOfLogs: true, of: input)) }
                if batch.recordCount > 0 { try tell(.logs(batch)) }
            }
        }

        mutating func send() throws {
            lastSent = .now
            if preparer.waitingSpans > 0 { try tell(.spans(preparer.take())) }
        }

        /// Sends what is left. When nobody listens any more, the writer has told why.
        mutating func finish() {
            if preparer.waitingSpans > 0 { channel.send(.spans(preparer.take()), weight: Event.batchWeight) }
            channel.finish()
        }

        private func tell(_ event: Event) throws {
            if !channel.send(event, weight: event.weight) { throw Stopped() }
        }
    }

    private struct Stopped: Error {}
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
            ("log_records", logRecords), ("duplicate_log_records", duplicateLogRecords),
            ("rejected_log_records", rejectedLogRecords), ("data_points", 0), ("rejected_data_points", 0),
            ("unstored_data_points", unstoredDataPoints),
            ("files", files), ("skipped_files", skippedFiles),
        ]
    }
}
