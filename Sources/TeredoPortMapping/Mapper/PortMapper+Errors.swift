public import TeredoWire

/// What the router says about datagrams of the mapper's.
extension PortMapper {
    /// Takes an ICMPv4 error about what was sent to a router: one whose port is closed speaks neither PCP nor NAT-PMP, and need not
    /// be waited for.
    public mutating func handleICMPError(_ error: ICMPv4Error, now: ProtocolInstant) {
        guard error.kind == .portUnreachable, error.destination == site.router, error.reporter == site.gateway,
            phase != .removed, removal == nil
        else { return }
        take(pcp.handleRefusal(.silent), of: .pcp, now: now)
        take(natPMP.handleRefusal(), of: .natPMP, now: now)
        startDue(now: now)
    }
}
