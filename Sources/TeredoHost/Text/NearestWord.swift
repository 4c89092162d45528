/// The word that somebody meant who wrote another one.
package enum NearestWord {
    /// The one of `words` that takes the fewest changes of letters to become `word`, if those are few.
    package static func of(_ word: String, among words: [String]) -> String? {
        let spelled = spelling(of: word)
        let limit = max(1, spelled.count / 4)
        return words.map { (word: $0, distance: distance(spelled, spelling(of: $0))) }
            .filter { $0.distance <= limit }
            .min { $0.distance < $1.distance }?.word
    }

    /// Capitals and the kind of dash make no difference.
    private static func spelling(of word: String) -> [Character] { word.lowercased().map { $0 == "_" ? "-" : $0 } }

    /// How many letters have to be put in, left out, replaced or swapped with their neighbour.
    private static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...second.count)
        for (index, letter) in first.enumerated() {
            var next = [index + 1]
            for (column, other) in second.enumerated() {
                var least = min(row[column] + (letter == other ? 0 : 1), row[column + 1] + 1, next[column] + 1)
                if index > 0, column > 0, letter == second[column - 1], other == first[index - 1] {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[second.count]
    }
}
