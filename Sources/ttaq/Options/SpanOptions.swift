import ArgumentParser
import Foundation
import TraceModel
import TraceQL
import TraceQuery
import TraceReport
import TraceStore

/// Which spans a question counts.
struct SpanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Count spans that start at this time or later.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Count spans that start before this time.", valueName: "time"))
    var to: String?

    @Option(help: ArgumentHelp("Only so long before the newest span in the file: 15m, 2h.", valueName: "duration"))
    var last: String?

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            "Only spans that meet a condition, such as 'status = error && duration > 2s'. Repeat it for more.",
            valueName: "condition"))
    var conditions: [String] = []

    func validate() throws {
        for condition in conditions { _ = try Self.expression(condition) }
        _ = try from.map { try Self.time($0, "--from") }
        _ = try to.map { try Self.time($0, "--to") }
        if let last {
            guard DurationText.parse(last) != nil else {
                throw ValidationError(
                    "--last \(last): expected a number and a unit such as 15m; units: ns us ms s m h d w")
            }
            if from != nil || to != nil { throw ValidationError("--last goes alone: leave out --from and --to") }
        }
    }

    /// The window, and words for it.
    func window(in snapshot: StoreSnapshot, style: TextStyle) throws -> (window: TimeWindow, words: String) {
        let range = try snapshot.startRange()
        let now = UInt64(max(0, Date().timeIntervalSince1970 * 1e9))
        func nanos(_ text: String?, _ name: String) throws -> UInt64? {
            try text.map { try Self.time($0, name).nanos(now: now, lastStart: range?.upperBound) }
        }
        let lower = try last.map { try Self.time("end-\($0)", "--last").nanos(now: now, lastStart: range?.upperBound) }
        let window = TimeWindow(from: try lower ?? nanos(from, "--from"), to: try nanos(to, "--to"))
        if let from = window.from, let to = window.to, from >= to {
            throw ValidationError("--from \(style.time(from)) is not before --to \(style.time(to))")
        }
        guard let range else {
            return (window, try snapshot.horizon() == nil ? "the store is empty" : "no run is left")
        }
        if window == .all {
            return (window, "all of the file, \(style.time(range.lowerBound)) to \(style.time(range.upperBound))")
        }
        let words = "\(style.time(window.from ?? range.lowerBound)) to \(style.time(window.to ?? range.upperBound))"
        return (window, window.to == nil ? words : words + ", the end excluded")
    }

    /// `nil` without a condition.
    func filter(in snapshot: StoreSnapshot) throws -> SpanFilter? {
        do {
            return conditions.isEmpty ? nil : try SpanFilter(conditions.map(Self.expression), in: snapshot)
        } catch let error as UnknownFieldError {
            throw Failure(error, of: "--where")
        }
    }

    private static func expression(_ text: String) throws -> FieldExpression {
        do {
            return try FieldExpression(parsing: text)
        } catch {
            throw ValidationError("--where: \(error.text)")
        }
    }

    private static func time(_ text: String, _ name: String) throws -> TimeExpression {
        guard let time = TimeExpression(text) else {
            throw ValidationError("\(name) \(text): expected \(TimeExpression.forms)")
        }
        return time
    }
}
