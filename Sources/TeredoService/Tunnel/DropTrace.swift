import Logging
import TeredoControl
import TeredoProtocol
import TeredoWire

/// Tells the log of single datagrams and packets that were dropped, with source and reason, while its level is trace, and counts
/// whose they were.
///
/// A flood is told of by a few lines a second, and by how many there were between them. It belongs to one thread.
struct DropTrace {
    private let logger: Logger?
    /// Whether anything is told; ``refresh()`` finds out, so that what is dropped costs one branch while nothing is.
    private(set) var isOn = false
    private var second = ProtocolInstant(nanoseconds: 0)
    private var told = 0
    private var untold = 0
    /// The addresses that the role needs, whose datagrams the log never advises to deny; `nil` where it advises that for nobody.
    ///
    /// A source can be forged, and an administrator who follows the advice for the own server is cut off.
    var needed: Set<IPv4Address>?
    /// Whose datagrams were dropped.
    private(set) var sources = DropSources()

    /// The most lines in a second.
    static let linesPerSecond = 10

    /// Tells `logger`; without one nothing is ever told.
    ///
    /// Roles that serve strangers name the addresses that they need themselves.
    init(_ logger: Logger? = nil, needing needed: Set<IPv4Address>? = nil) {
        self.logger = logger
        self.needed = needed
    }

    /// Asks for the level: once for a batch, because it can change while the role runs.
    mutating func refresh() { isOn = logger.map { $0.logLevel == .trace } ?? false }

    /// Counts a datagram, and tells of it.
    mutating func note(_ reason: DropReason, from source: UDPEndpoint, octets: Int, now: ProtocolInstant) {
        count(reason, from: .address(source.address), now: now)
        guard isOn else { return }
        tell("dropped datagram", reason.label, "\(source)", octets: octets, now: now)
    }

    /// Counts a packet of a native host, and tells of it.
    mutating func note(_ reason: DropReason, ofNative packet: Span<UInt8>, now: ProtocolInstant) {
        if packet.count >= 40 { count(reason, from: DropOrigin(subnetOf: packet.ipv6Address(at: 8)), now: now) }
        if isOn { tell(reason, ofHost: packet, now: now) }
    }

    /// Counts whose it was.
    ///
    /// The log has the same line for a source again and again, so that its lines are folded.
    private mutating func count(_ reason: DropReason, from origin: DropOrigin, now: ProtocolInstant) {
        guard sources.note(reason, from: origin, now: now) else { return }
        let advice = isStranger(origin) ? ", and deny-source stops it, if it is nobody you need (docs/operator.md)" : ""
        logger?.notice(
            "much of \(origin) is dropped: 'teredo status' has its share\(advice)",
            metadata: ["source": "\(origin)", "reason": "\(reason.label)"]
        )
    }

    private func isStranger(_ origin: DropOrigin) -> Bool {
        guard let needed else { return false }
        guard case .address(let address) = origin else { return true }
        return !needed.contains(address)
    }

    /// Tells of a packet of the host.
    mutating func tell(_ reason: DropReason, ofHost packet: Span<UInt8>, now: ProtocolInstant) {
        let source = packet.count >= 40 ? "\(packet.ipv6Address(at: 8))" : "unknown"
        tell("dropped packet of this host", reason.label, source, octets: packet.count, now: now)
    }

    /// Tells of a datagram that met congestion, although its transport knows no ECN.
    mutating func tellCongestion(from source: UDPEndpoint, octets: Int, now: ProtocolInstant) {
        tell("dropped datagram", "congestionDropped", "\(source)", octets: octets, now: now)
    }

    private mutating func tell(_ what: String, _ reason: String, _ source: String, octets: Int, now: ProtocolInstant) {
        if now - second >= .seconds(1) { (second, told) = (now, 0) }
        guard told < Self.linesPerSecond else {
            untold += 1
            return
        }
        told += 1
        var fields: Logger.Metadata = ["source": "\(source)", "reason": "\(reason)", "octets": "\(octets)"]
        if untold > 0 { fields["untold"] = "\(untold)" }
        untold = 0
        logger?.trace("\(what)", metadata: fields)
    }
}
