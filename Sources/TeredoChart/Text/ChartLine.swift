/// One line of a chart in characters, which is written to by position.
struct ChartLine {
    private var characters: [Character]

    init(width: Int) { characters = Array(repeating: " ", count: width) }

    /// The line without spaces at its end.
    var text: String {
        var end = characters.count
        while end > 0, characters[end - 1] == " " { end -= 1 }
        return String(characters[..<end])
    }

    subscript(position: Int) -> Character {
        get { characters[position] }
        set { if characters.indices.contains(position) { characters[position] = newValue } }
    }

    /// Writes as much of `text` as there is room for.
    mutating func put(_ text: String, at start: Int) {
        for (offset, character) in text.enumerated() { self[start + offset] = character }
    }

    /// Whether nothing stands in `range`, of which what is outside of the line counts as free.
    func isFree(_ range: Range<Int>) -> Bool {
        range.clamped(to: characters.indices).allSatisfy { characters[$0] == " " }
    }
}
