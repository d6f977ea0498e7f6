import TraceModel

/// One value of an answer in base units.
package enum Cell: Hashable, Sendable {
    case null
    case text(String)
    case integer(Int64)
    case real(Double)
    case flag(Bool)
    /// Nanoseconds since 1970.
    case time(UInt64)

    package static func count(_ value: Int) -> Cell { .integer(Int64(value)) }

    package static func optional(_ text: String?) -> Cell { text.map { .text($0) } ?? .null }

    package static func optional(_ number: Double?) -> Cell { number.map { .real($0) } ?? .null }

    /// Milliseconds, exact as far as a double goes.
    package static func milliseconds(nanos: UInt64?) -> Cell { milliseconds(nanos: nanos.map { Double($0) }) }

    /// Milliseconds, exact as far as a double goes.
    package static func milliseconds(nanos: Double?) -> Cell { nanos.map { .real($0 / 1e6) } ?? .null }
}

/// One column of an answer.
package struct Column: Sendable {
    package enum Unit: Sendable { case text, id, count, number, milliseconds, usd, ratio, time, bytes, plain }

    /// The header in machine formats, with its unit.
    package let name: String
    /// The header on screen.
    package let title: String
    package let unit: Unit
    /// Which columns go first when the screen is narrow: those with the largest number.
    package let rank: Int

    package init(_ name: String, _ unit: Unit, title: String? = nil, rank: Int = 0) {
        self.name = name
        self.title = title ?? name
        self.unit = unit
        self.rank = rank
    }
}

/// An answer as rows and columns.
package struct ResultTable: Sendable {
    package let columns: [Column]
    package let rows: [[Cell]]

    package init(columns: [Column], rows: [[Cell]]) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "every row has every column")
        self.columns = columns
        self.rows = rows
    }
}

/// How text for people looks.
package struct TextStyle: Sendable {
    /// Columns of the screen; `nil` for no limit.
    package var width: Int?
    package var color: Bool
    /// Seconds east of UTC at a time in nanoseconds since 1970.
    package var offsetSeconds: @Sendable (UInt64) -> Int

    package static let plain = TextStyle(width: nil, color: false)

    package init(width: Int?, color: Bool, offsetSeconds: @escaping @Sendable (UInt64) -> Int = { _ in 0 }) {
        self.width = width
        self.color = color
        self.offsetSeconds = offsetSeconds
    }

    package func time(_ nanos: UInt64) -> String {
        Timestamp.localText(nanos, offsetSeconds: offsetSeconds(nanos))
    }

    package func bold(_ text: String) -> String { color ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    package func dim(_ text: String) -> String { color ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    package func red(_ text: String) -> String { color ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
}
