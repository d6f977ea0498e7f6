import ArgumentParser
import Foundation
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow a store: spans as they are committed.",
        usage: "ttaq tail [--last DURATION] [--where CONDITION] [OPTIONS]",
        discussion: """
            A line a finished span: when it started, service, name, duration, status, tokens, error. From now on, or \
            with --last from so long before the newest span in the file, until Ctrl-C. jsonl, csv and tsv have the \
            columns of the view spans. Writers never wait for it.

            Example: ttaq tail --where 'status = error'
            """)

    @Option(help: ArgumentHelp("A line for people, or rows for programs.", valueName: "format"))
    var format: TailFormat = .line

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions

    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    enum TailFormat: String, ExpressibleByArgument, CaseIterable { case line, jsonl, csv, tsv }

    private static let pollMilliseconds: Int32 = 200

    func validate() throws {
        if spans.from != nil || spans.to != nil {
            throw ValidationError("tail goes on from now: leave out --from and --to; --last 5m begins earlier")
        }
    }

    func run() throws {
        let end = EndWatch()
        do {
            try follow(until: end)
        } catch {
            // What can't be written because nobody reads is no failure.
            if end.hasReader { throw error }
        }
    }

    private func follow(until end: EndWatch) throws {
        let style = TextStyle(ofOutputWithUTC: utc)
        var lines = try SpanLines(format, style)
        var arrivals = SpanArrivals()
        var state = StoreFileState(path: store.path)
        try Store(path: store.path).read { snapshot in
            let filter = try spans.filter(in: snapshot)?.selection
            if spans.last != nil {
                let (window, words) = try spans.window(in: snapshot, style: style)
                Console.error("window: \(words), and what comes")
                try snapshot.scanWithDetail(window, where: filter) { if $0.row.isFinished { try lines.write($0) } }
            }
            try arrivals.skip(snapshot)
        }
        try lines.flush()
        Console.error("following \(store.path); Ctrl-C ends")
        while try end.wait(milliseconds: Self.pollMilliseconds) {
            let now = StoreFileState(path: store.path)
            if now == state, !state.isFresh { continue }
            state = now
            do {
                try Store(path: store.path).read { snapshot in
                    let filter = try spans.filter(in: snapshot)?.selection
                    try arrivals.forEachNew(in: snapshot, where: filter) { try lines.write($0) }
                }
            } catch StoreError.busy {
                // A writer without a log has it for a moment: what it commits changes the files, and is found then.
            }
            try lines.flush()
        }
    }
}

/// Spans as they are written.
private struct SpanLines: ~Copyable {
    private var console: Console
    private var writer: RowWriter?
    private let style: TextStyle

    init(_ format: Tail.TailFormat, _ style: TextStyle) throws {
        self.style = style
        writer = RowFormat(rawValue: format.rawValue).map {
            RowWriter(SpanExport.columns, format: $0, style: .plain)
        }
        var console = try Console()
        if let writer { try console.write(writer.begin()) }
        self.console = console
    }

    mutating func write(_ span: StoredSpan) throws {
        try console.write(writer?.row(SpanExport.row(span)) ?? SpanLine.text(span, style) + "\n")
    }

    mutating func flush() throws { try console.flush() }
}

/// What ends a command that goes on by itself: Ctrl-C, SIGTERM, or that nobody reads its output any more.
private struct EndWatch {
    private let interruption = Interruption {}

    init() { signal(SIGPIPE, SIG_IGN) }

    /// Waits, but no longer than until the reader of standard output has gone.
    ///
    /// - Returns: Whether to go on: false when nobody reads any more.
    /// - Throws: `ExitCode` after a signal, as shells have it: 128 and its number.
    func wait(milliseconds: Int32) throws -> Bool {
        let hasReader = isRead(waiting: milliseconds)
        if let signal = interruption.received { throw ExitCode(128 + signal) }
        return hasReader
    }

    var hasReader: Bool { isRead(waiting: 0) }

    private func isRead(waiting milliseconds: Int32) -> Bool {
        var output = pollfd(fd: FileHandle.standardOutput.fileDescriptor, events: 0, revents: 0)
        let gone = Int32(POLLERR) | Int32(POLLHUP) | Int32(POLLNVAL)
        return poll(&output, 1, milliseconds) <= 0 || Int32(output.revents) & gone == 0
    }
}
