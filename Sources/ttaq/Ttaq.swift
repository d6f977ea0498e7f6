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
            The store is --db FILE, else $TTAQ_DB, else ttaq.db here. A run is named by the first digits of its trace \
            id (4 or more), or last, slowest, failed. Times are RFC 3339, unix seconds, now-1h or end-1h; windows are \
            half-open and a span counts where it starts.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Fill a store", subcommands: [Ingest.self, Demo.self]),
            CommandGroup(name: "Look around", subcommands: [OverviewCommand.self, Info.self, Tail.self]),
            CommandGroup(
                name: "Find and read a run",
                subcommands: [
                    Errors.self, Traces.self, Spans.self, Sessions.self, Search.self, Trace.self, Show.self,
                ]),
            CommandGroup(
                name: "Measure",
                subcommands: [
                    PercentilesCommand.self, ThroughputCommand.self, Active.self, Graph.self, Cache.self, Tokens.self,
                    SLO.self,
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

    static func main() {
        keepFreedMemory()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard let failure = Failure(error) else { exit(withError: error) }
            Console.error("ttaq: " + failure.message)
            Foundation.exit(failure.exitCode)
        }
    }
}
