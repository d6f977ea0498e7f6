import Foundation
import GRDB
import TestSupport
import Testing
import TraceStore

/// The views are documented in the SQL that makes them, and `schema/VIEWS.md` says it to people.
@Suite struct ViewPage {
    @Test func describesEveryColumnOfEveryView() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try StoreWriter(path: path).finish()
        let files = try ViewComment.all()
        let made = try DatabaseQueue(path: path).read { database in
            let names = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'view'")
            return try names.map { name in
                (
                    name,
                    try String.fetchAll(
                        database, sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid", arguments: [name])
                )
            }
        }
        #expect(made.count >= 2)
        #expect(Set(files.map(\.view)) == Set(made.map(\.0)))
        for (view, columns) in made {
            let comment = try #require(files.first { $0.view == view })
            #expect(
                comment.columns.flatMap(\.names).sorted() == columns.sorted(), "\(comment.file) describes each once")
        }
    }

    @Test func isMadeFromTheComments() throws {
        let page = ViewComment.page(try ViewComment.all())
        #expect(page == (try Checkout.text("schema/VIEWS.md", recording: page)))
    }

    @Test func readsSeveralColumnsOfALineAndTextsOfSeveralLines() throws {
        let comment = try ViewComment(
            file: "v.sql",
            text: """
                -- One row a thing, for people and for any SQLite tool from 3.38 on. More
                -- of it.
                --
                -- a, b_2: of the thing: this,
                -- and that. c: a mean. d: last.
                CREATE VIEW things AS
                SELECT 1;
                """)
        #expect(comment.view == "things")
        #expect(comment.about == "One row a thing. More of it.")
        #expect(comment.columns.map(\.names) == [["a", "b_2"], ["c"], ["d"]])
        #expect(comment.columns.map(\.text) == ["of the thing: this, and that", "a mean", "last"])
    }

    @Test(arguments: [
        "-- One row.\nCREATE VIEW x AS", "-- One row.\n--\n-- Just words.\nCREATE VIEW x AS", "CREATE VIEW x AS",
        "-- One row.\n--\n-- a: b\nSELECT 1",
    ])
    func refusesACommentOfAnotherForm(_ text: String) {
        #expect(throws: ViewComment.Malformed.self) { try ViewComment(file: "v.sql", text: text) }
    }
}

/// The comment over a view: what one row is; behind an empty line the columns, as `name, name: text.`, one after another.
private struct ViewComment {
    struct Malformed: Error {
        let file: String
        let expected: String
    }

    let file: String
    let view: String
    let about: String
    let columns: [(names: [String], text: String)]

    /// All of them, in the order in which a store makes them.
    static func all() throws -> [ViewComment] {
        let folder = Checkout.root.appendingPathComponent("schema/sql")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try files.filter { $0.wholeMatch(of: /v\d{4}_\w+\.sql/) != nil }.sorted().map {
            try ViewComment(file: $0, text: Checkout.text("schema/sql/\($0)"))
        }
    }

    init(file: String, text: String) throws {
        self.file = file
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let comment = lines.prefix { $0.hasPrefix("--") }.map { $0.dropFirst(2).drop { $0 == " " } }
        let parts = comment.split(separator: "", maxSplits: 1).map { $0.joined(separator: " ") }
        guard parts.count == 2 else { throw Malformed(file: file, expected: "what a row is, '--', the columns") }
        guard let make = lines.dropFirst(comment.count).first?.wholeMatch(of: /CREATE VIEW (\w+) AS/) else {
            throw Malformed(file: file, expected: "CREATE VIEW name AS below the comment")
        }
        view = String(make.1)
        about = parts[0].replacingOccurrences(of: ", for people and for any SQLite tool from 3.38 on", with: "")
        let heads = parts[1].matches(of: #/(?:^|\. )([a-z][a-z0-9_]*(?:, [a-z][a-z0-9_]*)*): /#)
        guard let first = heads.first, first.range.lowerBound == parts[1].startIndex, parts[1].hasSuffix(".") else {
            throw Malformed(file: file, expected: "'name, name: text.' of each column")
        }
        let ends = heads.dropFirst().map(\.range.lowerBound) + [parts[1].index(before: parts[1].endIndex)]
        columns = zip(heads, ends).map { head, end in
            (head.1.split(separator: ", ").map(String.init), String(parts[1][head.range.upperBound..<end]))
        }
    }

    static func page(_ comments: [ViewComment]) -> String {
        var page = """
            # The views of a store
            For people and for any SQLite tool from 3.38 on; `ttaq sql` reads them too. Made from the comments in `schema/sql`;
            a test holds it against them and against the columns that SQLite sees.

            """
        for comment in comments {
            page += "\n## \(comment.view)\n\(comment.about)\n\n| column | is |\n|---|---|\n"
            for (names, text) in comment.columns {
                let text = text.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "<", with: "\\<")
                page += "| \(names.map { "`\($0)`" }.joined(separator: ", ")) | \(text) |\n"
            }
        }
        return page
    }
}
