/// What the clients of the load did and got.
package struct PopulationFigures: Hashable, Sendable {
    private var exchanges = [ExchangeFigures](repeating: ExchangeFigures(), count: Exchange.allCases.count)
    private var strays = [UInt64](repeating: 0, count: Stray.allCases.count)
    /// How many sessions began.
    package var arrivals: UInt64 = 0
    /// How many sessions ended.
    package var departures: UInt64 = 0
    /// How many clients are there now.
    package var online = 0
    /// The most clients that were there at once.
    package var mostOnline = 0
    /// How many clients have an address now.
    package var qualified = 0
    /// How often a client gave up for a while after three solicitations in a row without an answer.
    package var failedQualifications: UInt64 = 0
    /// How often a native host was not reached by three echo tests in a row.
    package var failedTests: UInt64 = 0
    /// How many bubbles of relays were answered.
    package var answeredBubbles: UInt64 = 0
    /// Datagrams that were sent.
    package var datagramsSent: UInt64 = 0
    /// Packets that came in.
    package var packetsReceived: UInt64 = 0
    /// How much later than the model asked for something was sent.
    package var lag = HDRHistogram()

    /// Nothing done yet.
    package init() {}

    /// What became of one kind of exchange.
    package subscript(exchange: Exchange) -> ExchangeFigures {
        get { exchanges[exchange.rawValue] }
        _modify { yield &exchanges[exchange.rawValue] }
    }

    /// How often something of one kind came that is no answer.
    package subscript(stray: Stray) -> UInt64 {
        get { strays[stray.rawValue] }
        _modify { yield &strays[stray.rawValue] }
    }

    /// Forgets how long things took until now, not how many there were.
    mutating func forgetTimes() {
        for index in exchanges.indices { exchanges[index].times = HDRHistogram() }
        lag = HDRHistogram()
    }

    /// Everything that shows a fault of a server or relay.
    package var wrong: UInt64 {
        exchanges.reduce(0) { $0 &+ $1.wrong } &+ Stray.allCases.filter(\.isWrong).reduce(0) { $0 &+ self[$1] }
    }

    /// The sum over all exchanges.
    package func sum(_ part: (ExchangeFigures) -> UInt64) -> UInt64 { exchanges.reduce(0) { $0 &+ part($1) } }
}
