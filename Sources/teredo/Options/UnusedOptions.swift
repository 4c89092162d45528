import ArgumentParser

/// Options that mean nothing in the mode that was chosen: they are refused, so that nobody believes that they did something.
struct UnusedOptions {
    private var given: [String] = []

    /// Notes that an option is no use here, if it was given.
    mutating func add(_ option: String, if isGiven: Bool) {
        if isGiven { given.append(option) }
    }

    /// Notes which of some options are no use here.
    mutating func add(_ options: [(name: String, isGiven: Bool)]) {
        for option in options { add(option.name, if: option.isGiven) }
    }

    /// Throws a usage error when there are any; `mode` is what makes them useless.
    func refuse(with mode: String, remedy: String? = nil) throws {
        guard let last = given.last else { return }
        guard given.count > 1 else {
            throw ValidationError("\(last) has no effect with \(mode): \(remedy ?? "leave one of them out")")
        }
        let list = given.dropLast().joined(separator: ", ") + " and \(last)"
        throw ValidationError("\(list) have no effect with \(mode): \(remedy ?? "leave them out")")
    }
}
