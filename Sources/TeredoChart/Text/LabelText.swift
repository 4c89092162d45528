/// Labels broken into lines.
enum LabelText {
    /// The words of `text` in lines of at most `width` characters; a word that is longer is cut into pieces.
    static func lines(_ text: String, width: Int) -> [String] {
        guard text.count > width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var rest = String(word)
            if !line.isEmpty, line.count + 1 + rest.count <= width {
                line += " " + rest
                continue
            }
            if !line.isEmpty { lines.append(line) }
            while rest.count > width {
                lines.append(String(rest.prefix(width)))
                rest = String(rest.dropFirst(width))
            }
            line = rest
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
