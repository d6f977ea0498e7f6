import ArgumentParser
import JSONText
import TraceConfig
import TraceExport
import TraceFormats
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

/// What ends a command: where, expected, found, cure, and the exit code. All wording of errors is here.
struct Failure: Error {
    let message: String
    let exitCode: Int32

    /// Something failed.
    static let failed: Int32 = 1
    /// A check did not hold.
    static let checkFailed: Int32 = 3
    /// The command was called wrongly (EX_USAGE).
    static let usage: Int32 = 64

    init(_ message: String, exitCode: Int32 = failed) {
        self.message = message
        self.exitCode = exitCode
    }

    /// `nil` for errors of the argument parser, which words its own.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(Self.message(error))
        case let error as StoreFailure: self.init(error.description)
        case let error as InputError: self.init(Self.message(error))
        case let error as RunNameError: self.init(Self.message(error))
        case let error as UserSQLError: self.init(Self.message(error))
        case let error as ConfigError: self.init(Self.message(error))
        case let error as TooManyStepsError: self.init(Self.message(error), exitCode: Self.usage)
        default: return nil
        }
    }
}

extension Failure {
    static func message(_ error: InputError) -> String {
        let place =
            switch error.place {
            case .whole: error.name
            case .byte(let offset): "\(error.name), byte \(offset)"
            case .line(let line, let column): "\(error.name), line \(line), column \(column)"
            }
        return "\(place): expected \(error.expected), found \(error.found)" + (error.cure.map { "; \($0)" } ?? "")
    }

    private static func message(_ error: StoreError) -> String {
        switch error {
        case .noSuchFile(let path):
            "\(path): no store there; make one with 'ttaq ingest FILE… --db \(path)', or name yours with --db"
        case .notAFile(let path): "\(path): expected a store, found a folder"
        case .noPermission(let path): "\(path): no permission; check the file's and its folder's mode and owner"
        case .cannotCreate(let path):
            "\(path): can't be made; name a file in a folder that exists and that you may write to"
        case .hasTriggers(let path): "\(path): has triggers that ttaq did not make; nothing is written to it"
        case .hasIndexes(let path): "\(path): has indexes that ttaq did not make; nothing is written to it; drop them"
        case .changedTable(let path, let name):
            "\(path): expected \(name) as ttaq makes it, found it changed or gone; the file is damaged, restore a copy"
        case .notADatabase(let path, let reason):
            "\(path): expected an SQLite database, found damaged or other data (\(reason)); restore a copy"
        case .notAStore(let path):
            "\(path): expected a store of ttaq's, found another program's SQLite database"
        case .newerVersion(let path, let found, let supported):
            "\(path): written by a newer ttaq: schema version \(found), this one reads \(supported); update ttaq"
        case .olderVersion(let path, let found, let supported):
            "\(path): written by a development version of ttaq: schema version \(found), this one reads \(supported); "
                + "ingest the files again"
        case .busy(let path): "\(path): another program is writing to it; try again"
        case .diskFull(let path): "\(path): the disk is full; nothing of the last transaction was kept"
        case .sqlite(let path, let code, let message): "\(path): SQLite says: \(message) (code \(code))"
        case .damagedRow(let path, let table, let id):
            "\(path): row \(id) of \(table) can't be read; the file is damaged, restore a copy"
        case .alreadyThere(let path): "\(path): is there already and is not overwritten; name a new file"
        case .copyDiffers(let path, let problem):
            "\(path): not made, because the copy is not whole (\(problem)); 'ttaq db check' says what is wrong"
        case .damaged(let path):
            "\(path): what stands there is not what ttaq writes; 'ttaq db check' may say where, restore a copy"
        }
    }

    /// A name that an option was given.
    init(_ error: UnknownFieldError, of option: String) {
        let hint = error.nearest.map { "; did you mean \($0)?" } ?? ""
        self.init(
            "\(option) \(error.name): no span in the file has an attribute of that name\(hint)", exitCode: Self.usage)
    }

    private static func message(_ error: RunNameError) -> String {
        switch error {
        case .notFound(let digits, nil): "no run or span begins with \(digits); 'ttaq traces' lists runs"
        case .notFound(let digits, let horizon?):
            "no run or span begins with \(digits); runs that ended before \(Timestamp.utcText(horizon)) were removed"
        case .ambiguous(let digits, let examples):
            "\(digits) is the beginning of several ids, such as \(examples.joined(separator: " and ")); type more digits"
        case .malformed(let text):
            "'\(text)': expected the first digits of an id (4 or more, hexadecimal), last, slowest or failed"
        case .noneChosen: "no run is in the window and has a span that meets --where; 'ttaq traces' lists runs"
        case .notChosen(let id):
            "run \(id.hex.prefix(8)) is not in the window, or has no span that meets --where; ask for it without them"
        case .noFailedRun: "no run in the file failed; 'ttaq trace slowest' shows the slowest"
        case .emptyStore(nil): "the store is empty; 'ttaq ingest FILE…' fills it"
        case .emptyStore(let horizon?):
            "no run is left; those that ended before \(Timestamp.utcText(horizon)) were removed"
        }
    }

    static func message(_ error: ConfigError) -> String {
        let hint = error.nearest.map { "; did you mean \($0)?" } ?? ""
        return "\(words(error.place)): expected \(error.expected), found \(error.found)\(hint)"
    }

    /// `slo.yaml, line 4, column 5, slos[0].target`.
    static func words(_ place: ConfigPlace) -> String {
        place.file + (place.line == 0 ? "" : ", line \(place.line), column \(place.column)")
            + (place.path.isEmpty ? "" : ", \(place.path)")
    }

    private static func message(_ error: TooManyStepsError) -> String {
        let steps = "\(HumanText.count(error.steps)) steps of \(DurationText.typed(nanos: error.step))"
        let found = error.groups == 1 ? steps : "\(steps) in \(HumanText.count(error.groups)) groups"
        return "--step: expected at most \(HumanText.count(error.mostRows)) rows, found \(found); "
            + "make --step longer, or the window shorter with --from, --to or --last"
    }

    private static func message(_ error: UserSQLError) -> String {
        switch error {
        case .refused(let message): "sql: \(message)"
        case .notReadOnly: "sql: expected a SELECT that only reads, found one that changes data or settings"
        case .timedOut(let seconds): "sql: stopped after \(seconds) s; raise the limit with --timeout"
        case .severalStatements: "sql: expected one statement, found more behind the first"
        case .empty: "sql: expected a SELECT, found nothing"
        }
    }
}

extension SpanRejection.Reason {
    /// What was wrong, without any value of the span's.
    var text: String {
        switch self {
        case .traceIDLength: "a trace id that is not 16 bytes long"
        case .traceIDZero: "a trace id of zeros"
        case .spanIDLength: "a span id that is not 8 bytes long"
        case .spanIDZero: "a span id of zeros"
        case .parentSpanIDLength: "a parent span id that is neither 8 bytes long nor empty"
        case .idNotHexadecimal: "an id that is no hexadecimal text"
        case .timeOutOfRange: "a time that does not fit 64 unsigned bits of nanoseconds"
        case .timeMissing: "no start time"
        case .unreadable(let expected, let found): "a value of another kind: expected \(expected), found \(found)"
        case .tooManyAttributes(let limit): "more than \(limit) attributes"
        case .tooManyEvents(let limit): "more than \(limit) events"
        case .tooManyLinks(let limit): "more than \(limit) links"
        case .valueTooLong(let limit): "an attribute value of more than \(limit) bytes"
        }
    }
}
