/// How fast the counters of a role grew over about a second: a point of every plot.
package struct Sample: Hashable, Sendable {
    /// When, in milliseconds since 1970.
    package var time: Int
    /// Growth a second of each counter by its name; those of drops and losses begin with `drop.`.
    package var rates: [String: Double]
    /// Milliseconds by what was measured: `server.ADDRESS`, or `peers`, the median of those heard.
    package var roundTrips: [String: Double]

    /// What is sent to the page.
    package var json: JSONValue {
        .object([
            "time": .number(time),
            "rates": .object(rates.filter { $0.value != 0 }.mapValues { .number(($0 * 10).rounded() / 10) }),
            "roundTrips": .object(roundTrips.mapValues { .number($0) }),
        ])
    }
}
