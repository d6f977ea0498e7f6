import ArgumentParser
import Foundation

struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The store.", discussion: "Default: $TTAQ_DB, else ttaq.db.", valueName: "file"))
    var db: String?

    var path: String { db ?? ProcessInfo.processInfo.environment["TTAQ_DB"] ?? "ttaq.db" }

    /// How to call the program on the same file again.
    func command(_ command: String) -> String {
        db.map { "ttaq \(command) --db \($0)" } ?? "ttaq \(command)"
    }
}
