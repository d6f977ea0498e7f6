import TraceModel

/// How far reading has come, on one line.
package struct ProgressLine {
    private let bytesRead: Int
    private let bytes: Int?
    private let spans: Int
    private let seconds: Double

    /// - Parameters:
    ///   - bytes: Of all inputs; `nil` when they are not known.
    ///   - seconds: Since the beginning.
    package init(bytesRead: Int, bytes: Int?, spans: Int, seconds: Double) {
        self.bytesRead = bytesRead
        self.bytes = bytes
        self.spans = spans
        self.seconds = seconds
    }

    /// `42% of 1.2 GB, 1,234,567 spans, 85,210 a second, 14 s left`
    package var text: String {
        var parts: [String] = []
        if let bytes, bytes > 0 {
            // A file may have grown.
            parts.append("\(min(100, bytesRead * 100 / bytes))% of \(HumanText.bytes(bytes))")
        } else {
            parts.append("\(HumanText.bytes(bytesRead)) read")
        }
        parts.append(HumanText.plural(spans, "span"))
        if seconds > 0 { parts.append("\(HumanText.count(Int(Double(spans) / seconds))) a second") }
        if let bytes, bytesRead > 0, bytesRead <= bytes, seconds > 1 {
            let left = seconds * Double(bytes - bytesRead) / Double(bytesRead)
            parts.append("\(Self.duration(Int(left.rounded(.up)))) left")
        }
        return parts.joined(separator: ", ")
    }

    /// `14 s`, `3 min 20 s`, `2 h 5 min`
    private static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(HumanText.count(seconds / 3600)) h \(seconds / 60 % 60) min"
        }
    }
}
