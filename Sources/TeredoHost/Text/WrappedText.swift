/// Sentences broken into lines for a terminal.
package enum WrappedText {
    /// The lines of `text`, at most `width` columns wide; the first one begins with `first`, the others with `rest`.
    package static func lines(_ text: String, first: String = "", rest: String = "", width: Int = width) -> [String] {
        var lines = [first]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let last = lines[lines.count - 1]
            let isEmpty = last == (lines.count == 1 ? first : rest)
            if !isEmpty, last.count + 1 + word.count > width {
                lines.append(rest + word)
            } else {
                lines[lines.count - 1] = last + (isEmpty ? "" : " ") + word
            }
        }
        return lines
    }

    /// The columns of a line unless told otherwise.
    package static let width = 100
}
