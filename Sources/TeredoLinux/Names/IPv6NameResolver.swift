package import TeredoWire

/// Resolves host names to IPv6 addresses, a bounded number at a time on threads of their own; the event loop hears of the results.
package final class IPv6NameResolver {
    /// What came of a question.
    package struct Answer: Sendable {
        /// The number that the caller gave to the question.
        package let identifier: Int
        /// The addresses in the order of the system's resolver, or why there are none.
        package let addresses: Result<[IPv6Address], NameResolver.Failure>
    }

    private let lookUps: BackgroundWork<Answer>
    private var waiting: [(identifier: Int, name: String)] = []
    private var running = 0

    /// How many names are looked up at once; each has a thread.
    private static let limit = 16

    /// Makes a resolver.
    package init() throws(SystemError) { lookUps = try BackgroundWork(name: "names6") }

    /// The descriptor that becomes readable when an answer is there.
    package var descriptor: CInt { lookUps.descriptor }

    /// Looks `name` up as soon as its turn comes.
    package func resolve(_ name: String, for identifier: Int) {
        waiting.append((identifier, name))
        startNext()
    }

    /// Forgets a question whose turn has not come.
    package func cancel(_ identifier: Int) { waiting.removeAll { $0.identifier == identifier } }

    /// The answers that came since the last call.
    package func takeAnswers() -> [Answer] {
        let answers = lookUps.takeResults()
        running -= answers.count
        startNext()
        return answers
    }

    private func startNext() {
        while running < Self.limit, !waiting.isEmpty {
            let (identifier, name) = waiting.removeFirst()
            running += 1
            lookUps.start(
                {
                    let addresses = Result { () throws(NameResolver.Failure) in
                        try NameResolver.ipv6Addresses(of: name)
                    }
                    return Answer(identifier: identifier, addresses: addresses)
                },
                orElse: Answer(identifier: identifier, addresses: .failure(.noAnswer))
            )
        }
    }
}
