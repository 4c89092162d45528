import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Finds out, once for each network, how many hops away one's own NATs are, on sockets of its own, so that opening bubbles can die
/// behind them (``TeredoProtocol/NearHops``).
///
/// It needs no privileges, and nothing depends on it: where no router answers, bubbles go as far as any datagram.
final class NearHopsPart: DriverPart {
    let name = "near hops"
    /// Where the way out leads; `nil` while there is none.
    var way: () -> HopSearch.Way? = { nil }
    /// Takes what was found.
    var report: ([IPv4Address?]) -> Void = { _ in }
    private var search: HopSearch?
    /// What is or was looked along last.
    private var current: HopSearch.Way?
    private var probes: [(timeToLive: UInt8, probe: DeliveryProbe)] = []
    private let filter: GlobalUnicastFilter
    private let sources: SourceRegistry
    private let logger: Logger

    /// Looks at nothing before ``begin(now:)`` or ``follow(_:now:)``.
    init(filter: GlobalUnicastFilter, _ sources: SourceRegistry, logger: Logger) {
        self.filter = filter
        self.sources = sources
        self.logger = logger
    }

    /// Whether a search has ended since the network changed last.
    var isDone: Bool { current != nil && search == nil }

    var nextTimeout: ProtocolInstant? { search?.nextTimeout }

    /// Looks when the client is qualified and the way, or the address that the server sees, is another than before.
    func follow(_ status: ConnectivityStatus, now: ProtocolInstant) {
        guard case .qualified = status, way() != current else { return }
        begin(now: now)
    }

    /// Looks as soon as there is a way, when that was not done yet.
    func beginIfPossible(now: ProtocolInstant) {
        if current == nil { begin(now: now) }
    }

    /// Looks anew: the network is another one.
    func begin(now: ProtocolInstant) {
        close()
        current = way()
        guard let current else { return }
        search = HopSearch(along: current, filter: filter)
        proceed(now: now)
    }

    func handle(_ source: Int, now: ProtocolInstant) {
        guard let index = probes.firstIndex(where: { Int($0.probe.descriptor) == source }) else { return }
        let (timeToLive, probe) = probes[index]
        switch probe.outcome() {
        case .silent: break
        case .expired(let router): search?.note(router, at: timeToLive)
        case .refused, .rejected, .unreachable, .tooBig, .notLetOut: search?.note(nil, at: timeToLive)
        }
        sources.remove(probe.descriptor)
        probes.remove(at: index)
        proceed(now: now)
    }

    func handleTimeout(now: ProtocolInstant) { proceed(now: now) }

    private func proceed(now: ProtocolInstant) {
        guard let current else { return }
        while let timeToLive = search?.nextProbe(now: now) {
            send(timeToLive, along: current)
        }
        guard let search, search.isFinished else { return }
        let hops = search.addresses
        close()
        report(hops)
        let list = hops.map { $0?.description ?? "silent" }.joined(separator: ", ")
        logger.debug("the first hops of the way out: \(list)")
    }

    private func send(_ timeToLive: UInt8, along way: HopSearch.Way) {
        do {
            let probe = try DeliveryProbe(
                to: UDPEndpoint(way.server, TeredoConstants.udpPort),
                from: way.local,
                length: Self.length,
                hopLimit: Int(timeToLive)
            )
            try sources.add(probe.descriptor, for: self, as: Int(probe.descriptor))
            probes.append((timeToLive, probe))
        } catch {
            search?.note(nil, at: timeToLive)
            logger.debug("hop \(timeToLive) is not asked: \(error)")
        }
    }

    private func close() {
        for (_, probe) in probes { sources.remove(probe.descriptor) }
        probes = []
        search = nil
    }

    /// An IPv6 header, and nothing in it.
    private static let length = 40
}
