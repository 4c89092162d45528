/// What was exchanged between two reports of a role, as far as its counters tell: for a role that does not tell of single messages,
/// because four others subscribe already.
///
/// What grew in the 0.4 s between two reports was exchanged then.
package enum Exchanges {
    private struct Kind {
        let counter: String
        let isSent: Bool
        let message: String
        let party: String
    }

    /// The counters of a client, in the order in which the messages usually follow each other.
    private static let client = [
        Kind(counter: "solicitations", isSent: true, message: "router solicitation", party: "server"),
        Kind(counter: "advertisements", isSent: false, message: "router advertisement", party: "server"),
        Kind(counter: "connectivityTests", isSent: true, message: "connectivity test", party: "native hosts"),
        Kind(counter: "bubblesSent", isSent: true, message: "bubble", party: "peers"),
        Kind(counter: "bubblesReceived", isSent: false, message: "bubble", party: "peers"),
    ]
    /// Those of a server, a relay or both.
    private static let others = [
        Kind(counter: "solicitations", isSent: false, message: "router solicitation", party: "clients"),
        Kind(counter: "advertisements", isSent: true, message: "router advertisement", party: "clients"),
        Kind(counter: "bubblesReceived", isSent: false, message: "bubble", party: "clients"),
        Kind(counter: "bubblesSent", isSent: true, message: "bubble", party: "clients"),
        Kind(counter: "connectivityTests", isSent: false, message: "connectivity test", party: "clients"),
    ]

    /// Events of the kind `exchange` for what grew since `earlier`; none when the role began anew.
    package static func events(of role: String, from earlier: CounterReading, to later: CounterReading) -> [JSONValue] {
        guard later.uptime >= earlier.uptime else { return [] }
        return (role == "client" ? client : others).compactMap { kind in
            let growth = (later.counters[kind.counter] ?? 0) - (earlier.counters[kind.counter] ?? 0)
            guard growth >= 1 else { return nil }
            let exchange: [String: JSONValue] = [
                "direction": .string(kind.isSent ? "sent" : "received"),
                "message": .string(kind.message),
                "count": .number(growth < 1e15 ? Int(growth) : Int.max),
                "party": .string(kind.party),
            ]
            return .object(["event": .string("exchange"), "exchange": .object(exchange)])
        }
    }
}
