import ArgumentParser
import Foundation
import JSONText
import TraceStore

struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Check, copy or shrink the file, drop old runs.",
        usage: "ttaq db COMMAND [OPTIONS]",
        discussion: "All of these work while another process writes to the store.",
        subcommands: [Check.self, Backup.self, Retain.self, Compact.self, Migrate.self])
}

extension DatabaseCommand {
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the file is whole, and its columns and rollups say what its rows say.",
            usage: "ttaq db check [--db FILE]",
            discussion: """
                Prints one JSON object on stdout; what is wrong goes to stderr, a line each. Exit code 3 when anything \
                is.

                Example: ttaq db check --db run.db
                """)

        @OptionGroup var store: StoreOptions

        func run() throws {
            let check = try Store(path: store.path).read { try $0.check() }
            for problem in check.problems { Console.error("\(store.path): \(problem)") }
            try print([
                ("spans", check.spans), ("blocks", check.blocks), ("problems", check.problems.count),
            ])
            if !check.problems.isEmpty { throw ExitCode(Failure.checkFailed) }
        }
    }

    struct Migrate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a store of an earlier version to this one.",
            usage: "ttaq db migrate [--db FILE]",
            discussion: """
                What is there stays as it is; tables and views are added. The next ingest does the same by itself. An \
                older ttaq can't read the file afterwards. Prints one JSON object on stdout.

                Example: ttaq db migrate --db run.db
                """)

        @OptionGroup var store: StoreOptions

        func run() throws {
            let found = try StoreWriter(path: store.path, creating: false).migrate()
            let now = try Store(path: store.path).read { try $0.summary().schemaVersion }
            try print([("from_version", Int(found)), ("to_version", now)])
        }
    }

    struct Compact: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the file as small as it can be.",
            usage: "ttaq db compact [--db FILE]",
            discussion: """
                Rewrites columns that lost runs or are in small pieces, drops what no span uses any more, and gives \
                free pages back to the disk. Prints one JSON object on stdout.

                Example: ttaq db compact --db run.db
                """)

        @OptionGroup var store: StoreOptions

        func run() throws {
            let counts = try StoreWriter(path: store.path, creating: false).compact()
            try print([
                ("rewritten_blocks", counts.rewrittenBlocks), ("dropped_contexts", counts.contexts),
                ("dropped_content_pieces", counts.contentPieces), ("freed_bytes", counts.bytesFreed),
            ])
        }
    }

    /// One object on one line.
    static func print(_ counts: [(String, Int)]) throws {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, count) in counts {
                writer.key(name)
                writer.write(count)
            }
        }
        var console = try Console()
        try console.write(writer.text + "\n")
        try console.flush()
    }
}
