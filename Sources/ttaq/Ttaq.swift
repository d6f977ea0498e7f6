import ArgumentParser
import Foundation
import TraceModel

#if os(Linux)
    import CMalloc
#endif

/// `ttaq`: parse, call one library function, write.
@main
struct Ttaq: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ttaq",
        abstract: "Answer questions about agent runs from one SQLite file, offline.",
        usage: "ttaq COMMAND [OPTIONS]\nttaq [FILE]            overview of a store",
        discussion: """
            The store is --db FILE, else $TTAQ_DB, else ttaq.db here. A run (one trace) is named by the first digits of \
            its id (4 or more), or last, slowest, failed. Times are RFC 3339, unix seconds, now-1h, or end-1h (before \
            the newest span).
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Fill a store", subcommands: [Ingest.self, DemoCommand.self]),
            CommandGroup(
                name: "What is in it, what failed, what has changed",
                subcommands: [
                    OverviewCommand.self, Info.self, Errors.self, Compare.self, PostmortemCommand.self,
                    ReportCommand.self, CheckCommand.self, MetricsCommand.self,
                ]),
            CommandGroup(
                name: "Which run, and what happened there",
                subcommands: [
                    Traces.self, Spans.self, Sessions.self, Search.self, Trace.self, Show.self, Diff.self, Tail.self,
                ]),
            CommandGroup(
                name: "How fast, how often, at what cost",
                subcommands: [
                    PercentilesCommand.self, ThroughputCommand.self, Active.self, Graph.self, Tokens.self, Cache.self,
                    SLO.self,
                ]),
            CommandGroup(
                name: "Where time and money went, and why",
                subcommands: [
                    CriticalPathCommand.self, Flame.self, RecoveryCommand.self, Routes.self, Loops.self,
                ]),
            CommandGroup(name: "Take it elsewhere", subcommands: [SQL.self, Export.self]),
            CommandGroup(name: "Look after the file", subcommands: [DatabaseCommand.self]),
        ],
        defaultSubcommand: OverviewCommand.self)

    static let version = "0.1.0-dev"

    /// Columns and batches of some hundred kilobytes come and go: without this the C library would give each back to
    /// the system and have the next one cleared again, a fifth of the time of a question.
    private static func keepFreedMemory() {
        #if os(Linux)
            mallopt(M_MMAP_THRESHOLD, 64 << 20)
            mallopt(M_TRIM_THRESHOLD, 64 << 20)
        #endif
    }

    /// What swift-argument-parser says, with this program's words: commands under their headings, no 'subcommands', and above
    /// them no room for the options that every program has.
    private static func worded(_ text: String) -> String {
        var text = text
        if text.contains(" SUBCOMMANDS:\n"), let start = text.range(of: "OPTIONS:\n  --version"),
            let end = text.range(of: "\n\n", range: start.upperBound..<text.endIndex)
        {
            text.removeSubrange(start.lowerBound..<end.upperBound)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            if line == "SUBCOMMANDS:" { return "COMMANDS:" }
            if line.hasSuffix(" SUBCOMMANDS:") { return line.replacingOccurrences(of: " SUBCOMMANDS:", with: ":") }
            if line.hasPrefix("  See 'ttaq help ") {
                return line.replacingOccurrences(of: "<subcommand>", with: "COMMAND")
                    .replacingOccurrences(of: "detailed help", with: "more")
            }
            return String(line)
        }.joined(separator: "\n")
    }

    static func main() {
        keepFreedMemory()
        do {
            var command = try parseAsRoot()
            do {
                try command.run()
            } catch let error as ValidationError {
                // What only shows once the store is open is wrong usage of this command, not of the program.
                let lines = type(of: command).fullMessage(for: error).split(separator: "\n")
                for line in lines where !line.hasPrefix("  See '") { Console.error(String(line)) }
                Foundation.exit(exitCode(for: error).rawValue)
            }
        } catch {
            guard let failure = Failure(error) else {
                if exitCode(for: error) != .success { exit(withError: error) }
                let text = worded(fullMessage(for: error))
                if !text.isEmpty { print(text) }
                Foundation.exit(0)
            }
            Console.error("ttaq: " + failure.message)
            Foundation.exit(failure.exitCode)
        }
    }
}
