extension FixedWidthInteger {
    /// Reads decimal digits; fails for signs, leading zeros, anything else and numbers that do not fit.
    init?(decimal text: Substring) {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || text.utf8.first != 48 else { return nil }
        self.init(text)
    }
}
