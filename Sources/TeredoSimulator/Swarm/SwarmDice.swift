/// Draws the choices of a swarm run.
struct SwarmDice: Sendable {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// `true` so many times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { number(0..<100) < percent }

    /// One of several; there must be one.
    mutating func one<Element>(of list: [Element]) -> Element { list[number(0..<list.count)] }

    /// An Internet with a latency in milliseconds, and faults of all kinds.
    mutating func fault(latency: Int) -> LinkFault {
        LinkFault(
            latency: .milliseconds(latency),
            jitter: .milliseconds(number(0...min(200, latency * 2))),
            lossPerMille: chance(20) ? 0 : number(0...250),
            duplicationPerMille: number(0...100)
        )
    }
}
