import ArgumentParser
import Foundation
import TraceModel
import TraceReport

extension RowFormat: ExpressibleByArgument {}

struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "table and markdown for people; json, jsonl, csv and tsv in base units, UTC, full precision.",
            valueName: "format"))
    var format: RowFormat = .table

    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    @Flag(help: "All columns and whole ids, however wide the screen.")
    var wide = false

    @Option(help: ArgumentHelp("Write the answer to this file instead of stdout.", valueName: "file"))
    var output: String?

    var style: TextStyle {
        let isUTC = utc
        let noColor = ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty == false
        return TextStyle(
            width: wide || output != nil ? nil : Console.outputWidth,
            color: output == nil && Console.outputIsTerminal && !noColor
        ) { nanos in
            let date = Date(timeIntervalSince1970: Double(nanos) / 1e9)
            return isUTC ? 0 : TimeZone.current.secondsFromGMT(for: date)
        }
    }
}
