import Foundation
import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Many clients behind one IPv4 address, with servers that limit what comes from one.
@Suite struct CrowdTests {
    private static let first = SimulatedInternet.server.primary
    private static let second = SimulatedInternet.otherServer.primary

    private func crowd(
        of count: Int,
        _ kind: NATKind,
        seed: UInt64 = 1,
        _ change: (inout InternetOptions) -> Void = { _ in }
    ) throws -> SimulatedInternet {
        let internet = try internet(kind, seed: seed) { options in
            options.fleet.sharesServers = true
            options.crowd = count
            options.recordsTrace = false
            options.adjustClient = { $0.localDiscovery.isOn = false }
            change(&options)
        }
        internet.startCrowd(spacing: .seconds(1))
        internet.run(for: .seconds(30))
        return internet
    }

    private func withdrawals(of internet: SimulatedInternet) -> [StateChangeReason] {
        internet.crowdEvents.compactMap { if case .addressWithdrawn(_, let reason) = $0 { reason } else { nil } }
    }

    private func users(of server: IPv4Address, _ internet: SimulatedInternet) -> Int {
        internet.crowdClients.count { $0.address?.server == server }
    }

    @Test(
        "Many clients behind one address leave no healthy server",
        arguments: [NATKind.fullCone, .portRestricted, .symmetric]
    )
    func keepsServers(kind: NATKind) throws {
        let internet = try crowd(of: CrowdScale.count, kind)
        internet.run(for: .seconds(CrowdScale.seconds))
        #expect(withdrawals(of: internet).isEmpty, "\(withdrawals(of: internet))")
        #expect(internet.crowdClients.allSatisfy { $0.address != nil })
    }

    @Test("A server that passes no bubbles on is asked less often, and is not left either")
    func solicitationsOnly() throws {
        let internet = try crowd(of: 14, .portRestricted) { $0.fleet.adjustServer = { $0.maximumTrailerLength = 0 } }
        internet.run(for: .seconds(600))
        #expect(withdrawals(of: internet).isEmpty, "\(withdrawals(of: internet))")
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(20))
        #expect(users(of: Self.second, internet) == 14)
    }

    /// Thirty clients of one server that answers one solicitation a second and address: thirty refreshes in 26 s are more.
    private func limited(known: Int) throws -> (withdrawals: Int, refused: UInt64) {
        let internet = try internet(.portRestricted) { options in
            options.crowd = 30
            options.recordsTrace = false
            options.adjustClient = { $0.localDiscovery.isOn = false }
            options.fleet.adjustServer = {
                $0.limits.solicitation = RateLimit(rate: 1, burst: 1)
                $0.limits.bucketCount = known
            }
        }
        internet.startCrowd(spacing: .seconds(4))
        internet.run(for: .seconds(100))
        let before = withdrawals(of: internet).count
        let refused = internet.serverCounters.drops[.rateLimited]
        internet.run(for: .seconds(300))
        return (withdrawals(of: internet).count - before, internet.serverCounters.drops[.rateLimited] - refused)
    }

    @Test("A limit on solicitations withdraws no address, with a single server neither")
    func singleServer() throws {
        // The server remembers whom it answered for eight of the clients.
        let outcome = try limited(known: 8)
        #expect(outcome.refused > 20, "the limit is reached")
        #expect(outcome.withdrawals == 0)
    }

    @Test("SEC-40: clients that a server answered before are answered beside the limit of the address that they share")
    func shares() throws {
        let outcome = try limited(known: ServerLimits().bucketCount)
        #expect(outcome.refused == 0)
        #expect(outcome.withdrawals == 0)
    }

    @Test("All of them leave a dead server within 5 s")
    func failsOver() throws {
        let internet = try crowd(of: 30, .portRestricted)
        let before = users(of: Self.first, internet)
        #expect(before > 20)
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(5))
        #expect(users(of: Self.second, internet) == 30)
    }
}

/// For how long there are how many clients: TEREDO_CROWD in the environment asks for 10 minutes of 100.
enum CrowdScale {
    private static let isWhole = ProcessInfo.processInfo.environment["TEREDO_CROWD"] != nil
    static let count = isWhole ? 100 : 60
    static let seconds = isWhole ? 600 : 60
}
