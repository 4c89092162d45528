import TeredoProtocol
import TeredoWire

/// What was drawn, in words.
extension SwarmPlan {
    /// Each choice that is worth counting over many seeds.
    var facts: [String] {
        var facts = ["NAT A \(options.natA.rawValue)", "NAT B \(options.natB.rawValue)", "means \(means.rawValue)"]
        switch options.layout {
        case .separateSites: facts.append("separate sites")
        case .sameSite: facts.append("one site")
        case .nested(let kind): facts.append("behind a carrier's \(kind.rawValue) NAT")
        }
        facts.append(
            options.fleet.sharesServers
                ? "two servers for each" : options.fleet.usesTwoServers ? "a server each" : "one server"
        )
        facts.append("\(options.fleet.relays) relays")
        if options.fleet.usesGateways { facts.append("gateways") }
        if options.fleet.hasTransit { facts.append("transit announced") }
        if options.crowd > 0 { facts.append("more clients behind NAT A") }
        if secret != nil { facts.append("secure qualification") }
        if options.errorQuote != nil { facts.append("ICMP errors") }
        facts.append("\(attackers.count) attackers")
        facts.append(latencyText)
        return facts
    }

    private var latencyText: String {
        switch options.fault.latency {
        case ..<Duration.milliseconds(100): "latency below 100 ms"
        case ..<Duration.milliseconds(500): "latency 100 to 500 ms"
        default: "latency 500 ms to 3 s"
        }
    }
}
