/// Numbers in pictures.
enum SVG {
    /// With a digit at most behind the point.
    static func number(_ value: Double) -> String {
        let text = ((value * 10).rounded() / 10).description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension String {
    /// For XML 1.0 and HTML, as text or as an attribute's value in quotes. By scalars: a sign may carry a combining mark.
    var escapedForMarkup: String {
        unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // No characters of XML 1.0.
            case "\u{FFFE}", "\u{FFFF}", "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Each of a sign replaced, whatever combining mark it carries.
    func replacingEach(_ sign: Unicode.Scalar, with text: String) -> String {
        if !unicodeScalars.contains(sign) { return self }
        return unicodeScalars.reduce(into: "") { result, scalar in
            if scalar == sign { result += text } else { result.unicodeScalars.append(scalar) }
        }
    }
}

extension Int64 {
    /// The nearest whole number that there is; 0 for NaN.
    init(nearest value: Double) {
        self = value.isNaN ? 0 : value >= 0x1p63 ? .max : value <= -0x1p63 ? .min : Int64(value.rounded())
    }
}
