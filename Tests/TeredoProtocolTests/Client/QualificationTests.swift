import TeredoProtocol
import TeredoWire
import Testing

@Suite struct QualificationTests {
    @Test("SEC-24: qualification begins without the cone phase and builds the address from the first origin")
    func defaultPath() throws {
        var harness = ClientHarness()
        harness.start()
        #expect(harness.client.status == .starting(.restricted))
        let first = try #require(harness.solicitations.last)
        #expect(first.to == UDPEndpoint(ClientHarness.primary, 3544))
        #expect(first.datagram?.header.source == TeredoLinkLocal.client(coneBit: false))
        #expect(harness.answer() == .consumed)
        #expect(harness.client.status == .qualified(.unknown))
        #expect(harness.solicitations.last?.to == UDPEndpoint(ClientHarness.secondary, 3544))
        #expect(harness.answer() == .consumed)
        #expect(harness.client.status == .qualified(.restricted))
        let address = try #require(harness.client.address)
        #expect(address.server == ClientHarness.primary)
        #expect(address.mappedEndpoint == ClientHarness.mapped)
        #expect(address.flags.rawValue & ~TeredoFlags.randomMask == 0)
        #expect(harness.events.contains(.addressAssigned(address, mtu: 1280)))
        #expect(harness.client.isPortPreserving == true)
    }

    @Test("Cone phase: an answer from another address qualifies as cone; one from the solicited address proves nothing")
    func conePhase() throws {
        var harness = ClientHarness { $0.qualification.usesConePhase = true }
        harness.start()
        #expect(harness.solicitations.last?.datagram?.header.source == TeredoLinkLocal.client(coneBit: true))
        #expect(harness.answer(from: ClientHarness.primary) == .drop(.unexpectedAdvertisement))
        #expect(harness.answer(from: ClientHarness.secondary) == .consumed)
        #expect(harness.client.status == .qualified(.cone))
        #expect(harness.client.address?.flags.coneBit == true)
    }

    @Test("Cone phase: what comes from a secondary address that was asked before proves nothing for ten minutes")
    func coneAfterRestricted() {
        var harness = ClientHarness { $0.qualification.usesConePhase = true }
        harness.start()
        harness.advance(.seconds(12))
        harness.answer(from: ClientHarness.primary)
        #expect(harness.solicitations.last?.to.address == ClientHarness.secondary)
        harness.answer(from: ClientHarness.secondary)
        #expect(harness.client.status == .qualified(.restricted))
        harness.start()
        #expect(harness.client.status == .starting(.cone))
        #expect(harness.answer(from: ClientHarness.secondary) == .drop(.unexpectedAdvertisement))
        harness.now = harness.now + .seconds(601)
        harness.start()
        #expect(harness.answer(from: ClientHarness.secondary) == .consumed)
        #expect(harness.client.status == .qualified(.cone))
    }

    @Test("Cone phase: three unanswered solicitations lead to the restricted phase after 12 s")
    func coneToRestricted() {
        var harness = ClientHarness { $0.qualification.usesConePhase = true }
        harness.start()
        harness.advance(.seconds(12))
        #expect(harness.client.status == .starting(.restricted))
        #expect(
            harness.solicitations.map { ($0.at - harness.solicitations[0].at) } == [0, 4, 8, 12].map { .seconds($0) }
        )
    }

    @Test("Restricted phase: three unanswered solicitations lead off-line after 12 s with the reason")
    func noAnswer() {
        var harness = ClientHarness()
        harness.start()
        harness.advance(.milliseconds(11_999))
        #expect(harness.client.status == .starting(.restricted))
        harness.advance(.milliseconds(1))
        guard case .offline = harness.client.status else {
            Issue.record("\(harness.client.status)")
            return
        }
        #expect(harness.solicitations.count == 3)
        let reasons = harness.events.compactMap { event -> String? in
            if case .statusChanged(.offline, let reason) = event { reason.description } else { nil }
        }
        #expect(reasons == ["no answer from 192.0.2.1 to 3 solicitations"])
    }

    @Test(
        "Symmetric NAT: detected and reported, or refused when the configuration is strict",
        arguments: [false, true]
    )
    func symmetric(isStrict: Bool) {
        var harness = ClientHarness { $0.qualification.rejectsSymmetricNAT = isStrict }
        harness.start()
        harness.answer()
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, 4097))
        if isStrict {
            #expect(harness.client.address == nil)
            #expect(harness.client.status.word == "offline")
        } else {
            #expect(harness.client.status == .qualified(.symmetric))
            #expect(harness.client.mappedEndpoint == ClientHarness.mapped)
        }
    }

    @Test(
        "Silent secondary: off-line by the letter of RFC 4380, unknown NAT otherwise",
        arguments: [false, true]
    )
    func silentSecondary(accepts: Bool) {
        var harness = ClientHarness { $0.qualification.acceptsSilentSecondary = accepts }
        harness.start()
        harness.answer()
        harness.advance(.seconds(12))
        #expect(harness.client.status.word == (accepts ? "qualified" : "offline"))
        #expect(harness.client.natClass == (accepts ? .unknown : nil))
    }

    @Test("No secondary check: qualified after one answer")
    func withoutSecondary() {
        var harness = ClientHarness { $0.qualification.checksSecondaryServer = false }
        harness.start()
        harness.answer()
        #expect(harness.client.status == .qualified(.unknown))
    }

    @Test("V11, SEC-01: an advertisement with another nonce changes nothing")
    func wrongNonce() {
        var harness = ClientHarness()
        harness.start()
        #expect(harness.answer { $0.authentication?.nonce ^= 1 } == .drop(.authenticationFailed))
        #expect(harness.client.status == .starting(.restricted))
        #expect(harness.client.counters.drops[.authenticationFailed] == 1)
    }

    @Test("SEC-02: an advertisement without authentication is discarded")
    func missingAuthentication() {
        var harness = ClientHarness()
        harness.start()
        #expect(harness.answer { $0.authentication = nil } == .drop(.authenticationFailed))
    }

    @Test("SEC-03: 1000 consecutive solicitations have 1000 nonces")
    func freshNonces() {
        var harness = ClientHarness()
        harness.start()
        while harness.solicitations.count < 1000 { harness.advance(.seconds(60)) }
        #expect(Set(harness.solicitations.prefix(1000).compactMap(\.nonce)).count == 1000)
    }

    @Test("V11, SEC-06: advertisements that break a rule are discarded and the timer keeps running")
    func invalidAdvertisements() {
        var harness = ClientHarness()
        harness.start()
        typealias Bend = (inout ClientHarness.Advertisement) -> Void
        let link = TeredoLinkLocal.client(coneBit: true)
        let cases: [(Bend, DropReason)] = [
            ({ $0.origin = nil }, .invalidAdvertisement),
            (
                {
                    $0.advertisement = RouterAdvertisement(
                        source: $0.advertisement.source,
                        destination: link,
                        server: ClientHarness.primary
                    )
                }, .invalidAdvertisement
            ),
            (
                {
                    $0.advertisement = RouterAdvertisement(
                        source: $0.advertisement.source,
                        destination: $0.advertisement.destination,
                        server: ClientHarness.secondary
                    )
                }, .invalidAdvertisement
            ),
            ({ $0.origin = OriginIndication(UDPEndpoint(IPv4Address(10, 0, 0, 1), 5)) }, .invalidAdvertisement),
            ({ $0.origin = OriginIndication(UDPEndpoint(ClientHarness.mapped.address, 0)) }, .invalidAdvertisement),
            (
                {
                    $0.advertisement = RouterAdvertisement(
                        source: $0.advertisement.source,
                        destination: $0.advertisement.destination,
                        server: ClientHarness.primary,
                        mtu: 1279
                    )
                }, .invalidAdvertisement
            ),
            ({ $0.mangle = { $0[$0.count - 1] ^= 1 } }, .wrongChecksum),
            ({ $0.authentication?.confirmation = 1 }, .authenticationFailed),
            ({ $0.port = 3545 }, .unexpectedAdvertisement),
        ]
        for (bend, reason) in cases {
            #expect(harness.answer(from: ClientHarness.primary, bend) == .drop(reason))
        }
        #expect(harness.answer(from: ClientHarness.secondary) == .drop(.unexpectedAdvertisement))
        #expect(harness.client.status == .starting(.restricted))
        harness.advance(.seconds(4))
        #expect(harness.solicitations.count == 2)
    }

    @Test("RFC 4380 section 5.2.1: MTU option absent means 1280, a larger one is applied")
    func mtu() {
        var harness = ClientHarness()
        harness.start()
        let bend: (inout ClientHarness.Advertisement) -> Void = {
            $0.advertisement = RouterAdvertisement(
                source: $0.advertisement.source,
                destination: $0.advertisement.destination,
                server: ClientHarness.primary,
                mtu: 1400
            )
        }
        harness.answer(bend)
        harness.answer(bend)
        #expect(harness.client.mtu == 1400)
        harness.advance(.seconds(30))
        harness.answer {
            $0.advertisement = RouterAdvertisement(
                source: $0.advertisement.source,
                destination: $0.advertisement.destination,
                server: ClientHarness.primary,
                mtu: nil
            )
        }
        #expect(harness.client.mtu == 1280)
        #expect(harness.events.contains(.mtuChanged(1280)))
    }

    @Test("SEC-04: secure qualification needs identifier and authentication value; any flipped bit is fatal")
    func secureQualification() throws {
        let secret = try #require(
            SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("teredo-secret".utf8))
        )
        var harness = ClientHarness { $0.secret = secret }
        harness.start()
        #expect(harness.solicitations.last?.datagram?.authentication?.authenticationValue.count == 20)
        #expect(harness.answer() == .drop(.authenticationFailed))
        for bit in [9 + 8 + 20 - 1, 13 + 28 - 1, 13 + 28 + 3, 13 + 28 + 8 + 20] {
            let verdict = harness.answer {
                $0.secret = secret
                $0.mangle = { $0[bit] ^= 1 }
            }
            #expect(verdict == .drop(.authenticationFailed), "octet \(bit)")
        }
        #expect(harness.answer { $0.secret = secret } == .consumed)
        harness.answer {
            $0.secret = secret
            $0.authentication?.confirmation = 1
        }
        #expect(harness.client.address != nil)
        #expect(harness.events.contains(.keyReplacementAdvised))
    }

    @Test("AP12: a server that is not global unicast counts as a failed look-up")
    func privateServer() {
        var harness = ClientHarness()
        harness.answersServerRequests = false
        harness.start()
        harness.client.setServer(ServerAddresses(primary: IPv4Address(10, 0, 0, 1), secondary: nil), now: harness.now)
        harness.drain()
        #expect(harness.client.status.word == "offline")
        #expect(harness.sent.isEmpty)
    }

    @Test(
        "Off-line: the server is resolved again after each pause, pauses grow to 55 s, never two solicitations in 4 s (SEC-39)"
    )
    func backoff() {
        var harness = ClientHarness()
        harness.start()
        harness.advance(.seconds(1200))
        let times = harness.solicitations.map(\.at)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(gaps.allSatisfy { $0 >= .seconds(4) })
        #expect(gaps.allSatisfy { $0 <= .seconds(60) })
        #expect(gaps.suffix(20).max().map { $0 > .seconds(40) } == true)
        #expect(harness.events.filter { $0 == .serverAddressNeeded }.count > 10)
    }

    @Test("Outage of 30 s at any phase: qualified again within 10 s of its end", arguments: 0..<30)
    func shortOutage(offset: Int) {
        var harness = ClientHarness.qualified()
        var isUp = true
        var answered: Set<ProtocolInstant> = []
        func run(_ harness: inout ClientHarness, _ duration: Duration) {
            let end = harness.now + duration
            while harness.now < end {
                harness.advance(.milliseconds(100))
                while isUp, let last = harness.solicitations.last, last.at == harness.now || !answered.contains(last.at)
                {
                    answered.insert(last.at)
                    let count = harness.sent.count
                    harness.answer(from: last.to.address)
                    if harness.sent.count == count { break }
                }
            }
        }
        run(&harness, .seconds(offset))
        isUp = false
        run(&harness, .seconds(30))
        isUp = true
        run(&harness, .seconds(10))
        #expect(harness.client.address != nil)
    }

    @Test("Network change: the address goes at once and qualification begins anew")
    func networkChange() {
        var harness = ClientHarness.qualified()
        let old = harness.client.address
        harness.client.handleNetworkChange(
            localEndpoint: UDPEndpoint(IPv4Address(192, 168, 7, 9), 4096),
            subnets: [],
            now: harness.now
        )
        harness.drain()
        #expect(harness.client.address == nil)
        #expect(
            harness.events.contains { if case .addressWithdrawn(let address, _) = $0 { address == old } else { false } }
        )
        #expect(harness.solicitations.count == 1)
        harness.answer()
        harness.answer()
        #expect(harness.client.address == old, "the same mapping keeps the same address")
    }

    @Test("Network lost: off-line until there is IPv4 again")
    func networkLost() {
        var harness = ClientHarness.qualified()
        harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: harness.now)
        harness.drain()
        harness.advance(.seconds(300))
        #expect(harness.client.status.word == "offline")
        #expect(harness.solicitations.isEmpty)
        harness.client.handleNetworkChange(localEndpoint: ClientHarness.local, subnets: [], now: harness.now)
        harness.drain()
        #expect(harness.solicitations.count == 1)
    }

    @Test("RFC 5991: flag bits are kept while the mapping stays and drawn anew when it changes")
    func flags() {
        var harness = ClientHarness.qualified()
        let first = harness.client.address
        harness.advance(.seconds(30))
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, 9999))
        harness.answer(mapped: UDPEndpoint(ClientHarness.mapped.address, 9999))
        let second = harness.client.address
        #expect(second?.mappedEndpoint.port == 9999)
        #expect(first?.flags != second?.flags)
    }
}

@Suite struct MaintenanceTests {
    @Test("Refresh: the interval is random between 75 % and 100 % of 30 s and drawn anew each time")
    func randomisedInterval() {
        var harness = ClientHarness.qualified()
        var times = [harness.now]
        for _ in 0..<60 {
            let before = harness.solicitations.count
            while harness.solicitations.count == before { harness.advance(.milliseconds(100)) }
            times.append(harness.solicitations.last?.at ?? harness.now)
            harness.answer()
        }
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(gaps.allSatisfy { (.milliseconds(22_400)...(.milliseconds(30_100))).contains($0) })
        #expect(Set(gaps).count > 8)
    }

    @Test("R1: any valid packet from the client's own server postpones the refresh")
    func interaction() {
        var harness = ClientHarness.qualified()
        for _ in 0..<10 {
            harness.advance(.seconds(15))
            harness.receive(
                Packets.bubble(from: ClientHarness.native, to: harness.own, origin: ClientHarness.relay),
                from: harness.server
            )
        }
        #expect(harness.solicitations.isEmpty)
    }

    @Test("Three unanswered refreshes lose the address after 12 s")
    func loss() {
        var harness = ClientHarness.qualified()
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.advance(.milliseconds(11_800))
        #expect(harness.client.address != nil)
        harness.advance(.milliseconds(300))
        #expect(harness.client.address == nil)
        #expect(harness.events.contains { if case .addressWithdrawn = $0 { true } else { false } })
    }

    @Test("Mapping change: old address withdrawn, peers forgotten, NAT examined anew, new address assigned")
    func mappingChange() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        #expect(harness.client.peerCount == 1)
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        let changed = UDPEndpoint(ClientHarness.mapped.address, 5555)
        harness.answer(mapped: changed)
        #expect(harness.client.peerCount == 0)
        #expect(harness.solicitations.last?.to.address == ClientHarness.secondary)
        harness.answer(mapped: changed)
        #expect(harness.client.mappedEndpoint == changed)
    }

    @Test("Maintenance uses the cone bit that the client qualified with")
    func coneBitKept() {
        var harness = ClientHarness { $0.qualification.usesConePhase = true }
        harness.start()
        harness.answer(from: ClientHarness.secondary)
        harness.forget()
        harness.advance(.seconds(30))
        #expect(harness.solicitations.last?.datagram?.header.source == TeredoLinkLocal.client(coneBit: true))
    }
}
