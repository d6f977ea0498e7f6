import ArgumentParser
import Foundation
import TraceReport

struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The store.", discussion: "Default: $TTAQ_DB, else ttaq.db.", valueName: "file"),
        completion: .file())
    var db: String?

    var path: String { db ?? ProcessInfo.processInfo.environment["TTAQ_DB"] ?? "ttaq.db" }

    func validate() throws {
        if path.isEmpty { throw ValidationError("--db: expected the name of a file, found nothing") }
    }

    /// How to call the program on the same file again.
    func command(_ command: String) -> String {
        "\(Self.program) \(command)" + (db.map { " --db \(ReportWords.argument($0))" } ?? "")
    }

    /// What the user types to call this program; `scripts/ttaq` says so of itself.
    static var program: String { ProcessInfo.processInfo.environment["TTAQ_PROGRAM"] ?? "ttaq" }
}
