import ArgumentParser
import Foundation
import TraceModel
import TraceQL
import TraceQuery
import TraceReport
import TraceStore

/// Which spans a question counts.
struct SpanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only spans that start at this time or later: 2026-11-21T08:00:00Z, now-1h, or end-1h (before the newest span).",
            valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Only spans that start before this time.", valueName: "time"))
    var to: String?

    @Option(help: ArgumentHelp("Only so long before the newest span in the file: 15m, 2h, 7d.", valueName: "duration"))
    var last: String?

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            "Only spans that meet a condition, such as 'status = error && duration > 2s', or a TraceQL query. Given several times, all must hold.",
            valueName: "condition"))
    var conditions: [String] = []

    @Flag(help: "Say how the spans of --where are found, instead of an answer.")
    var explain = false

    func validate() throws {
        for condition in conditions { _ = try SpanQuery(condition, of: "--where") }
        if explain, conditions.isEmpty { throw ValidationError("--explain: expected --where beside it") }
        try Self.check(from: from, to: to, last: last)
    }

    /// - Throws: `ValidationError` for what can't be read, and for `--last` beside the others.
    static func check(from: String?, to: String?, last: String?) throws {
        _ = try from.map { try time($0, "--from") }
        _ = try to.map { try time($0, "--to") }
        guard let last else { return }
        guard DurationText.parse(last) != nil else {
            throw ValidationError(
                "--last \(last): expected a number and a unit such as 15m; units: ns us ms s m h d w")
        }
        if from != nil || to != nil { throw ValidationError("--last goes alone: leave out --from and --to") }
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
        try SpanFilter(conditions, of: "--where", in: snapshot)
    }

    /// The run that a name stands for among those that the window and the conditions take.
    func run(named name: RunName, in snapshot: StoreSnapshot) throws -> TraceID {
        let window = try window(in: snapshot, style: .plain).window
        return try name.traceID(window: window, where: filter(in: snapshot), in: snapshot)
    }

    /// Says how the spans are found, if that is what was asked for.
    ///
    /// - Returns: Whether it was.
    func isExplained(in snapshot: StoreSnapshot) throws -> Bool {
        guard explain, let filter = try filter(in: snapshot) else { return false }
        var console = try Console()
        for line in try filter.explanation(in: snapshot) { try console.write(HumanText.printable(line) + "\n") }
        try console.flush()
        return true
    }

    /// Half-open, of two times that options give.
    ///
    /// - Parameter names: Of the options.
    static func window(
        _ from: String?, _ to: String?, _ names: (String, String), in snapshot: StoreSnapshot
    ) throws -> TimeWindow {
        let last = try snapshot.startRange()?.upperBound
        let now = UInt64(max(0, Date().timeIntervalSince1970 * 1e9))
        func nanos(_ text: String?, _ name: String) throws -> UInt64? {
            try text.map { try time($0, name).nanos(now: now, lastStart: last) }
        }
        let window = TimeWindow(from: try nanos(from, names.0), to: try nanos(to, names.1))
        if let from = window.from, let to = window.to, from >= to {
            throw ValidationError("\(names.0) is not before \(names.1)")
        }
        return window
    }

    static func time(_ text: String, _ name: String) throws -> TimeExpression {
        guard let time = TimeExpression(text) else {
            throw ValidationError("\(name) \(text): expected \(TimeExpression.forms)")
        }
        return time
    }
}

/// Which spans of one run are shown.
struct OnlyOptions: ParsableArguments {
    @Option(
        name: .customLong("only"), parsing: .singleValue,
        help: ArgumentHelp(
            "Of the run only the spans that meet a condition. --where chooses the run.", valueName: "condition"))
    var conditions: [String] = []

    func validate() throws {
        for condition in conditions { _ = try SpanQuery(condition, of: "--only") }
    }

    /// `nil` without a condition.
    func filter(in snapshot: StoreSnapshot) throws -> SpanFilter? {
        try SpanFilter(conditions, of: "--only", in: snapshot)
    }
}

extension SpanFilter {
    /// `nil` without a condition.
    ///
    /// - Parameter option: That the conditions were given to.
    convenience init?(_ conditions: [String], of option: String, in snapshot: StoreSnapshot) throws {
        if conditions.isEmpty { return nil }
        do {
            try self.init(conditions.map { try SpanQuery($0, of: option) }, in: snapshot)
        } catch let error as UnknownFieldError {
            throw Failure(error, of: option)
        }
    }
}

extension SpanQuery {
    init(_ text: String, of option: String) throws {
        do {
            try self.init(parsing: text)
        } catch {
            throw ValidationError("\(option): \(error.text)")
        }
    }
}
