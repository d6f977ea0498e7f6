/// Parts of pictures.
enum SVG {
    /// With a digit at most behind the point.
    static func number(_ value: Double) -> String {
        let text = ((value * 10).rounded() / 10).description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// As text, or as an attribute's value between double quotes.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // No character of XML 1.0.
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
