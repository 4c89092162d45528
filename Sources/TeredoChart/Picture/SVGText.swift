/// Text as XML takes it.
enum SVGText {
    /// `text` with the signs of mark-up written out; what XML 1.0 cannot hold becomes a replacement character.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default:
                let isControl = scalar.value < 0x20 && scalar != "\t" && scalar != "\n"
                result += isControl ? "\u{FFFD}" : String(scalar)
            }
        }
        return result
    }
}
