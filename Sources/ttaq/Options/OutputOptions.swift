import ArgumentParser
import Foundation
import TraceModel
import TraceReport

/// The forms that a command's answer may take.
protocol AnswerFormat: ExpressibleByArgument, Sendable {
    static var table: Self { get }
    static var help: String { get }
    /// The form of rows that it is; `nil` for what is not made of rows.
    var rows: RowFormat? { get }
}

extension RowFormat: AnswerFormat {
    static var help: String {
        "table and markdown for people; json, jsonl, csv and tsv in base units, UTC, full precision."
    }

    var rows: RowFormat? { self }
}

typealias OutputOptions = FormattedOutput<RowFormat>

struct FormattedOutput<Format: AnswerFormat>: ParsableArguments {
    @Option(help: ArgumentHelp("\(Format.help)", valueName: "format"))
    var format: Format = .table

    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    @Flag(help: "All columns and whole ids, however wide the screen.")
    var wide = false

    @Option(
        help: ArgumentHelp("Write the answer to this file instead of stdout.", valueName: "file"), completion: .file())
    var output: String?

    var style: TextStyle {
        var style = TextStyle(ofOutputWithUTC: utc, color: output == nil)
        if wide || output != nil { style.width = nil }
        return style
    }
}

extension TextStyle {
    /// What suits standard output.
    ///
    /// - Parameter color: Whether color is wanted where a terminal shows it.
    init(ofOutputWithUTC isUTC: Bool, color: Bool = true) {
        let noColor = ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty == false
        self.init(width: Console.outputWidth, color: color && Console.outputIsTerminal && !noColor) { nanos in
            let date = Date(timeIntervalSince1970: Double(nanos) / 1e9)
            return isUTC ? 0 : TimeZone.current.secondsFromGMT(for: date)
        }
    }
}

/// Of `--limit`: lists hold some times as many rows.
func checkLimit(_ limit: Int) throws {
    if limit < 1 { throw ValidationError("--limit \(limit): expected 1 or more") }
    if limit > 1_000_000_000 { throw ValidationError("--limit \(limit): expected at most 1000000000") }
}
