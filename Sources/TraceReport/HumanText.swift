import TraceModel

/// Values as people read them.
package enum HumanText {
    package static func cell(_ cell: Cell, _ unit: Column.Unit, _ style: TextStyle) -> String {
        switch cell {
        case .null: "-"
        case .text(let text): text.isEmpty ? "\"\"" : printable(text)
        case .flag(let flag): flag ? "yes" : "no"
        case .time(let nanos): style.time(nanos)
        case .integer(let value): unit == .bytes ? bytes(Int(clamping: value)) : count(value)
        case .real(let value): number(value, unit)
        }
    }

    private static func number(_ value: Double, _ unit: Column.Unit) -> String {
        switch unit {
        case .milliseconds: DurationText.human(nanos: value * 1e6)
        case .usd: usd(value)
        case .ratio: percent(value)
        case .number: rate(value)
        default: value.magnitude < 1 && value != 0 ? value.description : DurationText.significant(value)
        }
    }

    /// Three significant digits, also below 1.
    package static func rate(_ value: Double) -> String {
        if value == 0 || value.magnitude >= 1 { return DurationText.significant(value) }
        var (scaled, digits) = (value.magnitude, 0)
        while scaled < 100, digits < 12 {
            scaled *= 10
            digits += 1
        }
        var text = String(Int64(scaled.rounded()))
        text = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return (value < 0 ? "-" : "") + text
    }

    /// `1,234,567`
    package static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    /// `1 span`, `2,377 spans`
    package static func plural(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `$12.34`; below a dollar with three significant digits.
    package static func usd(_ value: Double) -> String {
        let size = value.magnitude
        let sign = value < 0 ? "-$" : "$"
        if !(size < 1e15) { return sign + size.description }
        if size == 0 || size >= 1 { return sign + count(Int64(size)) + "." + fraction(size, digits: 2) }
        var digits = 2
        while digits < 9, size * power(digits - 2) < 1 { digits += 1 }
        return sign + "0." + fraction(size, digits: digits)
    }

    /// `98.7%`: cut, not rounded, close to the ends, so that 99.996% is not shown as 100%.
    package static func percent(_ ratio: Double) -> String {
        let value = ratio * 100
        let digits = value > 99 && value < 100 || value > 0 && value < 1 ? 3 : 1
        let scaled = value * power(digits)
        // An exact 99.9 may be a hair below in binary.
        let rounded = (digits == 3 ? (scaled + 1e-9).rounded(.down) : scaled.rounded()) / power(digits)
        var text = rounded.description
        if text.hasSuffix(".0") { text.removeLast(2) }
        return text + "%"
    }

    /// `3.4 MB`, powers of 1000.
    package static func bytes(_ count: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(count)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return "\(DurationText.significant(value)) \(units[unit])"
    }

    /// Text on one line that can't command the terminal: control characters as `\n`, `\t`, `\u{1B}`; bytes that were
    /// no UTF-8 as `\x80`.
    package static func printable(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: isCommanding) { return text }
        return text.unicodeScalars.reduce(into: "") { $0 += isCommanding($1) ? escape($1) : String($1) }
    }

    /// The same, line breaks and tabs kept.
    package static func printableLines(_ text: String) -> [String] {
        text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map {
            printable(String($0).replacing("\t", with: "    "))
        }
    }

    private static func isCommanding(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value) || scalar.value >= 0x10FF80
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default:
            scalar.value >= 0x10FF80
                ? "\\x" + Hex.encode([UInt8(truncatingIfNeeded: scalar.value)])
                : "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
        }
    }

    private static func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { value, _ in value * 10 } }

    /// The digits behind the point, rounded; a carry into the whole part is cut off to nines.
    private static func fraction(_ value: Double, digits: Int) -> String {
        let scale = power(digits)
        let part = min((value - value.rounded(.down)) * scale, scale - 1).rounded()
        let text = String(Int64(min(part, scale - 1)))
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// How many columns a text takes on a terminal.
package enum DisplayWidth {
    package static func of(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + of($1) }
    }

    /// At most `width` columns, the last one an ellipsis when something was cut.
    package static func cut(_ text: String, to width: Int) -> String {
        if of(text) <= width { return text }
        var kept = ""
        var used = 0
        for character in text {
            let next = of(character)
            if used + next > width - 1 { break }
            kept.append(character)
            used += next
        }
        return kept + "…"
    }

    package static func padded(_ text: String, to width: Int, onLeft: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - of(text)))
        return onLeft ? space + text : text + space
    }

    /// Two for East Asian wide characters and emoji (the main blocks of Unicode's EastAsianWidth), else one.
    private static func of(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first?.value else { return 0 }
        switch scalar {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
