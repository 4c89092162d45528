package import TeredoProtocol
import TeredoWire

/// Hours of everyday traffic in virtual time: friends, native hosts, one malicious node, and now and then a misfortune.
///
/// Two clients behind NATs, one of them symmetric, and a crowd behind the first; two servers, three relays, one of them for transit;
/// one datagram in a hundred is lost. Every minute each host tries for 12 s to reach another one, and every ten minutes something happens
/// before that. Nothing that the run itself notes is kept longer than an hour, so that what grows is what the machines remember.
package struct SoakRun {
    private let internet: SimulatedInternet
    private let counter = Counter()
    private var generator: SeededGenerator
    private var minute = 0

    private final class Counter {
        var datagrams = 0
    }

    /// Prepares a run of `seed`.
    ///
    /// - Throws: `ServerConfigurationError`, which these options never cause.
    package init(seed: UInt64, authenticator: any MessageAuthenticator) throws(ServerConfigurationError) {
        generator = SeededGenerator(seed: seed ^ 0x50AC)
        var options = InternetOptions(seed: seed)
        options.natA = .portRestricted
        options.natB = .symmetric
        options.fault = LinkFault(latency: .milliseconds(20), lossPerMille: 10)
        options.fleet.sharesServers = true
        options.crowd = 4
        options.fleet.relays = 3
        options.fleet.hasTransit = true
        options.recordsTrace = false
        internet = try SimulatedInternet(options: options, authenticator: authenticator)
        let attacker = internet.addAttacker(
            Attack.allCases,
            every: .seconds(2),
            canSpoof: true,
            number: 1,
            generator: generator.fork()
        )
        internet.network.observe = { [counter] observation in
            guard case .sent(let datagram) = observation else { return }
            counter.datagrams += 1
            if datagram.sender != attacker.name { attacker.overhear(datagram) }
        }
        internet.start()
        internet.startCrowd(spacing: .milliseconds(500))
        internet.qualify()
    }

    /// Lets another hour pass.
    ///
    /// - Parameter number: which one it is, from 1 on.
    /// - Returns: what was to be seen in it.
    package mutating func run(hour number: Int) -> SoakHour {
        var hour = SoakHour(number: number)
        let before = counter.datagrams
        for _ in 0..<60 {
            let end = internet.now + .seconds(60)
            if minute % 10 == 9 { misfortune(minute / 10) }
            for from in HostName.allCases { contact(from: from, in: &hour) }
            internet.run(for: max(.zero, end - internet.now))
            look(at: &hour)
            minute += 1
        }
        hour.datagrams = counter.datagrams - before
        internet.forgetHistory()
        return hour
    }

    private mutating func contact(from: HostName, in hour: inout SoakHour) {
        let others = HostName.allCases.filter { $0 != from }
        guard let to = others.randomElement(using: &generator) else { return }
        hour.contacts += 1
        if internet.firstReply(from: from, to: to, every: .seconds(1), within: .seconds(12)) != nil {
            hour.answered += 1
        }
    }

    private func look(at hour: inout SoakHour) {
        let clients = [HostName.clientA, .clientB].compactMap { internet.client($0) } + internet.crowdClients
        let relays = ([internet.relayNode, internet.hostRelayNode] + internet.siblingNodes).map(\.relay)
        hour.clientPeers = max(hour.clientPeers, clients.map(\.peerCount).max() ?? 0)
        hour.relayClients = max(hour.relayClients, relays.map(\.peerCount).max() ?? 0)
        let queued = clients.reduce(0) { $0 + $1.queuedOctets } + relays.reduce(0) { $0 + $1.queuedOctets }
        hour.queuedOctets = max(hour.queuedOctets, queued)
    }

    /// One thing after the other, each over within 20 s.
    private mutating func misfortune(_ number: Int) {
        switch number % 6 {
        case 0: internet.rebindNATs()
        case 1:
            internet.setServer(SimulatedInternet.server.primary, isUp: false)
            internet.run(for: .seconds(15))
            internet.setServer(isUp: true)
        case 2:
            internet.setRelay(1, isUp: false)
            internet.run(for: .seconds(5))
            internet.setRelay(1, isUp: true)
        case 3: internet.move(.clientA, to: IPv4Address(192, 168, 1, UInt8.random(in: 100...199, using: &generator)))
        case 4: internet.sleep(.clientB, for: .seconds(15))
        default:
            internet.setFault(LinkFault(lossPerMille: 1000))
            internet.run(for: .seconds(10))
            internet.setFault(internet.options.fault)
        }
        internet.run(for: .seconds(5))
    }
}
