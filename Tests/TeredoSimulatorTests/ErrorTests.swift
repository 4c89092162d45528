import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Hosts and NATs that say so, in ICMPv4, when a datagram finds a closed port (RFC 5927, SEC-38).
@Suite struct ErrorTests {
    private static let first = SimulatedInternet.server.primary
    private static let second = SimulatedInternet.otherServer.primary
    /// What Linux quotes of a payload.
    private static let much = 520

    private func world(
        _ natA: NATKind = .portRestricted,
        _ natB: NATKind = .portRestricted,
        seed: UInt64 = 1,
        quote: Int = much,
        _ change: (inout InternetOptions) -> Void = { _ in }
    ) throws -> SimulatedInternet {
        try internet(natA, natB, seed: seed) {
            $0.errorQuote = quote
            change(&$0)
        }
    }

    // MARK: Servers

    @Test("A server with a closed port is known within a second, and the reason names it")
    func closedServer() throws {
        let internet = try world()
        internet.setServer(isUp: false)
        internet.start()
        internet.run(for: .seconds(1))
        guard case .offline = internet.client(.clientA)?.status else {
            Issue.record("\(String(describing: internet.client(.clientA)?.status))")
            return
        }
        let reasons = internet.events(of: .clientA).compactMap { entry in
            if case .statusChanged(_, let reason) = entry.event { reason } else { nil }
        }
        let error = ICMPv4Error(.portUnreachable, by: Self.first, about: UDPEndpoint(Self.first, 3544))
        #expect(reasons.last == .serverRefused(Self.first, error))
        #expect(reasons.last?.description == "the server's port is closed: 192.0.2.1 answered \"port unreachable\"")
        internet.setServer(isUp: true)
        internet.run(for: .seconds(8))
        #expect(internet.address(of: .clientA) != nil)
        let times = internet.solicitationTimes(of: .clientA)
        // The first two are to the primary address; what follows the answer goes to the secondary one.
        #expect(times[1] - times[0] >= .seconds(4), "SEC-39")
    }

    @Test("Of a closed port that is quoted without the nonce a client makes one time-out of 4 s")
    func closedServerBriefly() throws {
        let internet = try world(quote: 0)
        internet.setServer(isUp: false)
        internet.start()
        internet.run(for: .milliseconds(3900))
        guard case .starting = internet.client(.clientA)?.status else {
            Issue.record("nobody proved anything")
            return
        }
        internet.run(for: .milliseconds(200))
        guard case .offline = internet.client(.clientA)?.status else {
            Issue.record("\(String(describing: internet.client(.clientA)?.status))")
            return
        }
    }

    @Test("The next server is asked at once when the first one's port is closed")
    func nextServer() throws {
        let internet = try world { $0.fleet.sharesServers = true }
        internet.setServer(Self.first, isUp: false)
        internet.start()
        internet.run(for: .milliseconds(400))
        #expect(internet.client(.clientA)?.address?.server == Self.second)
    }

    @Test("When the ports of both servers are closed, that is known within a second")
    func bothClosed() throws {
        let internet = try world { $0.fleet.sharesServers = true }
        internet.setServer(isUp: false)
        internet.start()
        internet.run(for: .seconds(1))
        guard case .offline = internet.client(.clientA)?.status else {
            Issue.record("\(String(describing: internet.client(.clientA)?.status))")
            return
        }
    }

    @Test("A secondary address that is not reached is asked once, and left alone for a while")
    func closedSecondary() throws {
        let internet = try world { options in options.fleet.adjustServer = { $0.secondary = nil } }
        internet.start()
        internet.run(for: .seconds(10))
        #expect(internet.address(of: .clientA) != nil)
        // One to the primary address, and one instead of three to the secondary one.
        #expect(internet.solicitationTimes(of: .clientA).count == 2)
    }

    @Test("A server that restarts within 4 s costs no address; one that stays away does after two refusals")
    func serverRestart() throws {
        for (away, survives) in [(Duration.seconds(3), true), (.seconds(120), false)] {
            let internet = try world { $0.adjustNAT = { $0.lifetime = .seconds(300) } }
            #expect(internet.qualify())
            let before = internet.address(of: .clientA)
            let solicitations = internet.solicitationTimes(of: .clientA).count
            internet.setServer(isUp: false)
            #expect(refreshes(internet, since: solicitations))
            internet.run(for: survives ? away : .milliseconds(4100))
            if survives {
                internet.setServer(isUp: true)
                internet.run(for: .seconds(30))
                #expect(internet.address(of: .clientA) == before)
                #expect(internet.events(of: .clientA).allSatisfy { !isWithdrawal($0.event) })
            } else {
                #expect(internet.address(of: .clientA) == nil, "4.1 s after the refresh")
            }
        }
    }

    private func isWithdrawal(_ event: ClientEvent) -> Bool {
        if case .addressWithdrawn = event { true } else { false }
    }

    /// Runs until client A has sent its next solicitation.
    private func refreshes(_ internet: SimulatedInternet, since count: Int) -> Bool {
        for _ in 0..<400 {
            if internet.solicitationTimes(of: .clientA).count > count { return true }
            internet.run(for: .milliseconds(100))
        }
        return false
    }

    // MARK: Peers

    @Test("A peer that is gone: the host hears of it within one round trip and the time for a sign of life")
    func deadPeer() throws {
        for quote in [Self.much, 0] {
            let internet = try world(quote: quote)
            #expect(internet.qualify())
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            internet.run(for: .seconds(3))
            internet.stop(.clientB)
            let begin = internet.now
            // What is sent to a closed port is refused each time.
            internet.send([1], from: .clientA, to: .clientB)
            internet.run(for: .milliseconds(100))
            internet.send([2], from: .clientA, to: .clientB)
            internet.run(for: .milliseconds(600))
            let later = internet.ping(from: .clientA, to: .clientB)
            guard case .unreachable(let time) = later else {
                Issue.record("quote \(quote): \(later)")
                continue
            }
            #expect(time < .milliseconds(10))
            #expect(internet.now - begin < .seconds(1))
            if quote > 0 {
                let error = try #require(internet.stack(of: .clientA).errors.first)
                #expect(error.type == ICMPv6.destinationUnreachable && error.code == 3)
                #expect(error.time - begin < .milliseconds(500), "\(error.time - begin)")
            }
            #expect(
                internet.client(.clientA)?.directPath(to: internet.address(of: .clientB)!, now: internet.now) == nil
            )
        }
    }

    @Test("SEC-38: forged errors, whatever they quote, do not close the path to a peer or server that is there")
    func forgedErrors() throws {
        let internet = try world()
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        internet.run(for: .seconds(1))
        let own = try #require(internet.address(of: .clientA))
        let peer = try #require(internet.address(of: .clientB).flatMap { TeredoAddress($0) })
        let packet = [UInt8](capacity: 40) {
            IPv6Header(payloadLength: 0, nextHeader: 17, hopLimit: 64, source: own, destination: peer.ipv6).encode(
                into: &$0
            )
        }
        for round in 0..<300 {
            internet.send([UInt8(truncatingIfNeeded: round)], from: .clientA, to: .clientB)
            for quoted in [packet, []] {
                internet.forgeError(.portUnreachable, for: .clientA, about: peer.mappedEndpoint, quoting: quoted)
                internet.forgeError(
                    .portUnreachable,
                    for: .clientA,
                    about: UDPEndpoint(Self.first, 3544),
                    quoting: quoted
                )
            }
            internet.run(for: .milliseconds(100))
        }
        #expect(internet.stack(of: .clientB).arrivals.count == 300)
        #expect(internet.address(of: .clientA) == own)
        #expect(internet.stack(of: .clientA).errors.isEmpty)
        let drops = try #require(internet.client(.clientA)?.counters.drops)
        #expect(drops[.contradictedError] > 0)
        let bubbles = internet.trace.count { $0.sender == "client A" && $0.meaning.contains("bubble") }
        #expect(bubbles < 80, "forged errors draw one question in 2 s: \(bubbles)")
    }

    @Test("Time exceeded is no sign of death, and errors about strangers are counted and nothing else")
    func othersAreIgnored() throws {
        let internet = try world()
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        let peer = try #require(internet.address(of: .clientB).flatMap { TeredoAddress($0) })
        let before = internet.client(.clientA)?.counters.icmpv4Errors ?? 0
        internet.run(for: .seconds(1))
        let row = internet.trace.count
        internet.forgeError(.timeExceeded, for: .clientA, about: peer.mappedEndpoint, quoting: [])
        internet.forgeError(.other, for: .clientA, about: peer.mappedEndpoint, quoting: [])
        internet.forgeError(
            .portUnreachable,
            for: .clientA,
            about: UDPEndpoint(IPv4Address(203, 0, 113, 200), 4000),
            quoting: []
        )
        internet.run(for: .seconds(2))
        let drops = try #require(internet.client(.clientA)?.counters.drops)
        #expect(drops[.inconsequentialError] == 2)
        #expect(drops[.foreignError] == 1)
        #expect(internet.client(.clientA)?.counters.icmpv4Errors == before + 3)
        #expect(internet.trace.count == row)
    }

    @Test("A peer behind a NAT that forgot it is found again when it has refreshed its mapping")
    func forgottenMapping() throws {
        let internet = try world { $0.adjustNAT = { $0.portAssignment = .preserving } }
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        internet.run(for: .seconds(1))
        internet.rebindNATs()
        internet.send([1], from: .clientA, to: .clientB)
        // Until the peer refreshes its mapping nobody reaches it, not even its server.
        internet.run(for: .seconds(33))
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
    }

    @Test("The first contact of every pair of NATs that report closed ports is what it is with silent ones")
    func holePunching() throws {
        let kinds: [NATKind] = [.fullCone, .addressRestricted, .portRestricted, .sequentialSymmetric, .symmetric]
        for natA in kinds {
            for natB in kinds {
                for quote in [0, Self.much] {
                    let silent = try internet(natA, natB, seed: 5)
                    let loud = try world(natA, natB, seed: 5, quote: quote)
                    #expect(silent.qualify() && loud.qualify())
                    for (from, to) in [
                        (HostName.clientA, HostName.clientB), (.native, .clientA), (.hostRelay, .clientB),
                    ] {
                        let before = silent.ping(from: from, to: to)
                        #expect(loud.ping(from: from, to: to) == before, "\(natA) \(natB) \(from)")
                    }
                }
            }
        }
    }

    @Test("Lost datagrams do not make a peer dead of which NATs report closed ports", arguments: 0..<40)
    func loss(seed: Int) throws {
        let internet = try world(seed: UInt64(seed)) { $0.fault = LinkFault(lossPerMille: 100) }
        #expect(internet.qualify())
        let outcomes = (0..<4).map { _ in internet.ping(from: .clientA, to: .clientB, timeout: .seconds(9)) }
        let isReached = outcomes.contains { $0.isReply }
        #expect(isReached, "\(outcomes)")
        let failures = outcomes.filter { if case .unreachable = $0 { true } else { false } }
        #expect(failures.isEmpty, "\(outcomes)")
    }

    // MARK: Relays

    @Test("A relay tells a native host of a client that is gone within a second")
    func deadClientOfRelay() throws {
        let internet = try world()
        #expect(internet.qualify())
        #expect(internet.ping(from: .native, to: .clientA).isReply)
        internet.run(for: .seconds(3))
        internet.stop(.clientA)
        internet.send([1], from: .native, to: .clientA)
        internet.run(for: .milliseconds(100))
        internet.send([2], from: .native, to: .clientA)
        internet.run(for: .milliseconds(900))
        let error = try #require(internet.stack(of: .native).errors.first)
        #expect(error.type == ICMPv6.destinationUnreachable)
        #expect(internet.relay.trustedPeerCount == 0)
    }

    @Test("A client whose server has a closed port is unreachable for a relay at once")
    func serverOfClientIsGone() throws {
        let internet = try world()
        #expect(internet.qualify())
        internet.setServer(isUp: false)
        let outcome = internet.ping(from: .native, to: .clientA)
        guard case .unreachable(let time) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(time < .milliseconds(200), "\(time)")
    }

    @Test("A client hears at once that a relay is gone, and tests the way anew")
    func deadRelay() throws {
        let internet = try world()
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .native).isReply)
        internet.run(for: .seconds(1))
        internet.setRelay(isUp: false)
        let tests = internet.client(.clientA)?.counters.connectivityTests ?? 0
        internet.send([1], from: .clientA, to: .native)
        internet.run(for: .milliseconds(200))
        #expect(internet.client(.clientA)?.counters.connectivityTests == tests + 1)
        internet.setRelay(isUp: true)
        #expect(internet.ping(from: .clientA, to: .native).isReply)
    }

    @Test("A transit relay that is gone is left at once")
    func deadTransitRelay() throws {
        let internet = try world(.symmetric, .symmetric) { $0.fleet.hasTransit = true }
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        internet.run(for: .seconds(1))
        internet.setRelay(isUp: false)
        internet.send([1], from: .clientA, to: .clientB)
        internet.run(for: .seconds(1))
        let peer = try #require(internet.address(of: .clientB))
        let path = internet.client(.clientA)?.peerSummary(of: peer, now: internet.now)
        #expect(path?.path != .transit, "\(String(describing: path))")
    }
}
