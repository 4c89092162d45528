/// What a chart in characters may take.
package struct ChartStyle: Hashable, Sendable {
    /// The columns of the terminal, or of the page.
    package var width: Int
    /// The characters.
    package var characters: ChartCharacters

    /// Unless told otherwise what every terminal has, with the lines of Unicode.
    package init(width: Int = 80, characters: ChartCharacters = .unicode) {
        self.width = width
        self.characters = characters
    }
}
