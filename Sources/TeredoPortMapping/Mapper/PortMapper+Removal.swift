import DequeModule
public import TeredoWire

/// Leaving nothing behind.
extension PortMapper {
    /// Whether there is something to remove, as far as is known.
    public var isRemovalNeeded: Bool {
        guard phase != .removed, removal == nil else { return false }
        return current != nil || !others.isEmpty || upnp.requested != nil
    }

    /// Removes what was mapped and ends; `.removed` follows, after at most half a second.
    public mutating func remove(now: ProtocolInstant) {
        guard phase != .removed, removal == nil else { return }
        var removal = MappingRemoval(deadline: now + Self.removalTime)
        for held in (current.map { [$0] } ?? []) + others {
            switch held.mapping.mappingProtocol {
            case .pcp: removal.datagrams.insert(.pcp)
            case .natPMP: removal.datagrams.insert(.natPMP)
            case .upnp:
                guard let service = held.service else { continue }
                removal.exchanges[upnp.remove(from: service, outbox: &outbox)] = held
            }
        }
        // What was asked for and not answered may have been made.
        if let service = upnp.requested?.service { _ = upnp.remove(from: service, outbox: &outbox) }
        let open = round?.open ?? []
        if removal.datagrams.contains(.pcp) || open.contains(.pcp) { pcp.remove(outbox: &outbox) }
        if removal.datagrams.contains(.natPMP) || open.contains(.natPMP) { natPMP.remove(outbox: &outbox) }
        round = nil
        pcp.stop()
        natPMP.stop()
        upnp.stop()
        self.removal = removal
        if removal.isDone { finishRemoval() }
    }

    mutating func confirmRemoval(of mappingProtocol: MappingProtocol) {
        guard removal?.datagrams.remove(mappingProtocol) != nil else { return }
        others.removeAll { $0.mapping.mappingProtocol == mappingProtocol }
        if current?.mapping.mappingProtocol == mappingProtocol { current = nil }
        if removal?.isDone == true { finishRemoval() }
    }

    /// `mapping` is gone; `nil` when the router did not say so.
    mutating func confirmRemoval(_ mapping: HeldMapping?) {
        if let mapping {
            others.removeAll { $0 == mapping }
            if current == mapping { current = nil }
        }
        if removal?.isDone == true { finishRemoval() }
    }

    /// Ends; what the router did not confirm stays in ``records``.
    mutating func finishRemoval() {
        if let current { others.append(current) }
        current = nil
        renewal = nil
        removal = nil
        phase = .removed
        events.append(.removed)
    }

    func record(_ held: HeldMapping) -> MappingRecord {
        record(
            held.mapping.mappingProtocol,
            held.service,
            isPermanent: held.mapping.lifetime == nil,
            externalPort: held.mapping.external.port
        )
    }

    func record(
        _ mappingProtocol: MappingProtocol,
        _ service: GatewayService?,
        isPermanent: Bool,
        externalPort: UInt16
    ) -> MappingRecord {
        MappingRecord(
            mappingProtocol: mappingProtocol,
            gateway: site.gateway,
            client: site.client,
            internalPort: site.port,
            externalPort: externalPort,
            isPermanent: isPermanent,
            nonce: mappingProtocol == .pcp ? pcp.nonce : PCPNonce(),
            service: service
        )
    }

    private static let removalTime = Duration.milliseconds(500)
}
