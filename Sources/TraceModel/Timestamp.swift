/// Nanoseconds since 1970-01-01T00:00:00Z, and their text in RFC 3339 (proleptic Gregorian calendar, no leap seconds).
package enum Timestamp {
    /// `2026-11-21T08:15:30.123456789Z`: UTC with nine digits, as machine formats and the `spans` view write it.
    package static func utcText(_ nanos: UInt64) -> String {
        let (date, time, fraction) = civil(nanos, offsetSeconds: 0)
        return "\(date)T\(time).\(padded(Int(fraction), 9))Z"
    }

    /// `2026-11-21 09:15:30.123 +01:00`: for people, cut (not rounded) to milliseconds.
    package static func localText(_ nanos: UInt64, offsetSeconds: Int) -> String {
        let (date, time, fraction) = civil(nanos, offsetSeconds: offsetSeconds)
        return "\(date) \(time).\(padded(Int(fraction / 1_000_000), 3)) \(offsetText(offsetSeconds))"
    }

    /// `Z` or `+05:30`.
    private static func offsetText(_ seconds: Int) -> String {
        if seconds == 0 { return "Z" }
        let minutes = abs(seconds) / 60
        return "\(seconds < 0 ? "-" : "+")\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
    }

    /// Reads RFC 3339, `T` or a space between date and time, any number of fraction digits (those past the ninth are
    /// cut), and a date alone as its midnight in UTC.
    ///
    /// - Returns: `nil` when the text is none of these, the date does not exist, or it is before 1970 or after 2554.
    package static func parse(_ text: String) -> UInt64? {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), (1...12).contains(month), (1...daysIn(month, year)).contains(day)
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        if reader.isAtEnd { return nanos(seconds: days * 86_400, fraction: 0) }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: UInt64 = 0
        if reader.take(".") {
            guard let read = reader.fraction() else { return nil }
            fraction = read
        }
        guard let offset = reader.offsetSeconds(), reader.isAtEnd else { return nil }
        return nanos(seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, fraction: fraction)
    }

    private static func nanos(seconds: Int, fraction: UInt64) -> UInt64? {
        guard seconds >= 0 else { return nil }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        return overflow || carry ? nil : sum
    }

    private static func civil(_ nanos: UInt64, offsetSeconds: Int) -> (date: String, time: String, fraction: UInt64) {
        let seconds = Int(nanos / 1_000_000_000) + offsetSeconds
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let inDay = seconds - days * 86_400
        let (year, month, day) = dateOf(daysSince1970: days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(inDay / 3600, 2)):\(padded(inDay / 60 % 60, 2)):\(padded(inDay % 60, 2))"
        return (date, time, nanos % 1_000_000_000)
    }

    /// The calendar month in UTC that a time lies in, half-open; it ends with the time that can be told.
    package static func month(of nanos: UInt64) -> Range<UInt64> {
        let (year, month, _) = dateOf(daysSince1970: Int(nanos / 86_400_000_000_000))
        func start(_ year: Int, _ month: Int) -> UInt64 {
            self.nanos(seconds: daysSince1970(year: year, month: month, day: 1) * 86_400, fraction: 0) ?? .max
        }
        return start(year, month)..<(month < 12 ? start(year, month + 1) : start(year + 1, 1))
    }

    /// Howard Hinnant, 'chrono-Compatible Low-Level Date Algorithms', civil_from_days.
    private static func dateOf(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The same paper's days_from_civil.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func daysIn(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Takes fixed runs of digits off the front of a text.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    /// One digit or more as nanoseconds.
    mutating func fraction() -> UInt64? {
        var value: UInt64 = 0
        var count = 0
        while let digit = digits(1) {
            if count < 9 { value = value * 10 + UInt64(digit) }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
