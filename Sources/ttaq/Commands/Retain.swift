import ArgumentParser
import Foundation
import TraceModel
import TraceQuery
import TraceStore

extension DatabaseCommand {
    struct Retain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the runs, or the texts, that ended before a time.",
            usage: """
                ttaq db retain --before TIME [OPTIONS]
                ttaq db retain [--spans DURATION] [--content DURATION] [OPTIONS]
                """,
            discussion: """
                Whole runs, those whose last span ended before the time; an unfinished span counts as ended when it \
                started. --spans counts back from the newest span, as --before end-7d does. Rollups go on counting \
                them, in whole hours: percentiles, graph, cache, tokens and errors say so. Spans of that time that \
                come later are rejected, because they may be copies. Metric points of before the time go too, and log \
                records of no run.

                --content takes texts of more than 512 bytes out of runs that ended so long before the newest span; \
                their spans stay and say '[removed: 8123 bytes]'. --keep spares runs in which any span meets a \
                condition. --dry-run says what would go and changes nothing.

                Prints one JSON object on stdout. The file keeps its size, and new runs use the room; \
                'ttaq db compact' gives it back to the disk.

                Example: ttaq db retain --spans 30d --content 2d --keep 'status = error'
                """)

        @Option(
            help: ArgumentHelp(
                "Remove runs that ended before this: RFC 3339, unix seconds, now-30d or end-30d.", valueName: "time"))
        var before: String?

        @Option(help: ArgumentHelp("Keep runs of so long before the newest span: 7d, 4w.", valueName: "duration"))
        var spans: String?

        @Option(help: ArgumentHelp("Keep long texts of so long before the newest span.", valueName: "duration"))
        var content: String?

        @Option(
            name: .customLong("keep"), parsing: .singleValue,
            help: ArgumentHelp(
                "Leave runs alone in which a span meets this condition. Given several times, all must hold.",
                valueName: "condition"))
        var conditions: [String] = []

        @Flag(help: "Only say what would go.")
        var dryRun = false

        @OptionGroup var store: StoreOptions

        func validate() throws {
            if before == nil, spans == nil, content == nil {
                throw ValidationError("expected --before TIME, --spans DURATION or --content DURATION")
            }
            if before != nil, spans != nil { throw ValidationError("--before and --spans say the same; give one") }
            if let before, TimeExpression(before) == nil {
                throw ValidationError("--before \(before): expected \(TimeExpression.forms)")
            }
            for (name, text) in [("--spans", spans), ("--content", content)] {
                guard let text, DurationText.parse(text) == nil else { continue }
                throw ValidationError("\(name) \(text): expected a number and a unit such as 7d; units: ms s m h d w")
            }
            _ = try RunConditions(conditions, option: "--keep")
        }

        func run() throws {
            let keep = try RunConditions(conditions, option: "--keep")
            let source = try Store(path: store.path)
            let (end, kept) = try source.read { snapshot in
                let filter = try keep.filter(in: snapshot)
                return (
                    try snapshot.startRange()?.upperBound,
                    try filter.map { Set(try snapshot.traceNumbers(where: $0)) } ?? []
                )
            }
            let horizon = (before ?? spans.map { "end-\($0)" }).flatMap { nanos($0, end) }
            let textHorizon = content.flatMap { nanos("end-\($0)", end) }
            if dryRun {
                try say(source.read { try $0.retention(before: horizon, textsBefore: textHorizon, keeping: kept) })
                return
            }
            let writer = try StoreWriter(path: store.path, creating: false)
            var counts: [(String, Int)] = []
            if let horizon {
                let removed = try writer.retain(endingSince: horizon, keeping: kept)
                counts += [
                    ("removed_traces", removed.traces), ("removed_spans", removed.spans),
                    ("removed_metric_points", removed.metricPoints),
                ]
            }
            if let textHorizon {
                let texts = try writer.removeTexts(endingSince: textHorizon, keeping: kept)
                counts += Self.counts(texts) + [("dropped_content_pieces", texts.contentPieces)]
            }
            try DatabaseCommand.print(counts)
        }

        private func nanos(_ text: String, _ end: UInt64?) -> UInt64? {
            let now = UInt64(max(0, Date().timeIntervalSince1970 * 1e9))
            return TimeExpression(text)?.nanos(now: now, lastStart: end)
        }

        private func say(_ would: (removed: RetainCounts, bytes: Int, texts: TextCounts)) throws {
            var counts: [(String, Int)] = []
            if before != nil || spans != nil {
                counts += [
                    ("removed_traces", would.removed.traces), ("removed_spans", would.removed.spans),
                    ("removed_metric_points", would.removed.metricPoints), ("removed_bytes", would.bytes),
                ]
            }
            if content != nil { counts += Self.counts(would.texts) }
            try DatabaseCommand.print(counts)
            Console.error("dry run: nothing was changed")
        }

        private static func counts(_ texts: TextCounts) -> [(String, Int)] {
            [
                ("shortened_traces", texts.traces), ("shortened_spans", texts.spans),
                ("shortened_log_records", texts.logRecords), ("removed_text_bytes", texts.bytes),
            ]
        }
    }
}
