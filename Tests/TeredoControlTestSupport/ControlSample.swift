package import TeredoControl
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport

/// A role with known answers.
package struct ControlSample: ControlSource {
    private let report: StatusReport
    private let clientCheck: ClientCheck?
    private let hasPeers: Bool

    /// A relay with peers unless told otherwise.
    package init(
        report: StatusReport = .relay(StatusSamples.relay),
        check: ClientCheck? = nil,
        hasPeers: Bool = true
    ) {
        self.report = report
        clientCheck = check
        self.hasPeers = hasPeers
    }

    package func status() -> StatusReport { report }

    package func measurements() -> RoleMeasurements { MeasurementSamples.full }

    package func check() -> ClientCheck? { clientCheck }

    package func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        switch change {
        case .allow(let rule): InboundStatus(mode: .filtered, allowed: [rule])
        case .deny: InboundStatus(mode: .filtered)
        }
    }

    package func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain {
        ControlDrain(
            role: .relay,
            drain: order == .cancel ? nil : DrainStatus(remaining: .seconds(42), clients: order == .begin ? 3 : 0)
        )
    }

    package func peers(limit: Int) -> PeerList? {
        hasPeers ? PeerList(total: Self.peerCount, peers: (0..<min(limit, Self.peerCount)).map(Self.peer)) : nil
    }

    /// How many peers the role has.
    package static let peerCount = 1000

    /// Peers as long as they get.
    package static func peer(_ number: Int) -> PeerStatus {
        PeerStatus(
            address: ipv6("2001:0:c000:2ff:2cad:efff:39cc:\(String(0x1000 + number, radix: 16))"),
            path: number.isMultiple(of: 2) ? .direct : .contacting,
            endpoint: endpoint("198.51.100.200:\(40_000 + number)"),
            heard: number.isMultiple(of: 2) ? .seconds(65) : nil,
            symmetricNAT: number.isMultiple(of: 4),
            endpointKept: number.isMultiple(of: 2) ? !number.isMultiple(of: 4) : nil,
            roundTrip: number.isMultiple(of: 2) ? .microseconds(23_400) : nil,
            octetsReceived: number.isMultiple(of: 2) ? 1_234_567 : nil,
            octetsSent: number.isMultiple(of: 2) ? 640 : nil,
            extensions: number.isMultiple(of: 2)
        )
    }
}
