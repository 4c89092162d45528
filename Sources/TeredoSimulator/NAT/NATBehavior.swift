/// A NAT as choices on independent axes, in the words of RFC 4787.
public struct NATBehavior: Hashable, Sendable {
    /// How mapping or filtering depends on the remote endpoint (RFC 4787 sections 4.1 and 5).
    public enum Dependence: Int, Hashable, Sendable, CaseIterable, Comparable {
        /// Not at all.
        case endpointIndependent
        /// On the remote address.
        case addressDependent
        /// On the remote address and port.
        case addressAndPortDependent

        /// Orders by strictness.
        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    /// How external ports are chosen (RFC 4787 section 4.2).
    public enum PortAssignment: Hashable, Sendable, CaseIterable {
        /// The internal port, while it is free.
        case preserving
        /// One after the other.
        case sequential
        /// At random.
        case random
    }

    /// What happens to datagrams from inside to an external address of the NAT (RFC 4787 section 6).
    public enum Hairpinning: Hashable, Sendable, CaseIterable {
        /// They are dropped.
        case none
        /// They are turned around and keep their internal source.
        case internalSource
        /// They are turned around with the external source, as RFC 4787 asks.
        case externalSource
    }

    /// How external endpoints depend on the remote endpoint.
    public var mapping: Dependence
    /// Which remote endpoints may answer.
    public var filtering: Dependence
    /// How external ports are chosen.
    public var portAssignment: PortAssignment
    /// What happens to datagrams to an own external address.
    public var hairpinning: Hairpinning
    /// How long an idle mapping lives.
    public var lifetime: Duration
    /// How long one lives that was not answered since its first 2 s, when that is another time, as with Linux.
    public var unansweredLifetime: Duration?
    /// Whether inbound datagrams keep a mapping alive too.
    public var refreshesOnInbound: Bool
    /// Whether hosts may have ports forwarded (UPnP, NAT-PMP, PCP).
    public var forwardsPorts: Bool
    /// How many external addresses there are, at least 1; with more than one each new mapping takes another.
    public var addressCount: Int
    /// For how long the box remembers a datagram from outside that no mapping admits, because it takes such datagrams for its
    /// own; `nil` when it drops them.
    ///
    /// While it remembers one, the same remote endpoint reaches nobody inside, and what the inside sends there leaves from
    /// another port: what Linux does, whose connection tracking has the place of that flow taken already.
    public var strayMemory: Duration?

    /// Makes a NAT; the defaults are those of a home router.
    public init(
        mapping: Dependence,
        filtering: Dependence,
        portAssignment: PortAssignment = .preserving,
        hairpinning: Hairpinning = .externalSource,
        lifetime: Duration = .seconds(120),
        refreshesOnInbound: Bool = true,
        forwardsPorts: Bool = false,
        addressCount: Int = 1,
        strayMemory: Duration? = nil
    ) {
        self.mapping = mapping
        self.filtering = filtering
        self.portAssignment = portAssignment
        self.hairpinning = hairpinning
        self.lifetime = lifetime
        self.refreshesOnInbound = refreshesOnInbound
        self.forwardsPorts = forwardsPorts
        self.addressCount = addressCount
        self.strayMemory = strayMemory
    }

    /// The words of RFC 4380 section 2 and RFC 3489 for a NAT.
    public enum TeredoClass: String, Hashable, Sendable {
        /// Anybody can send to a mapping.
        case cone
        /// Addresses that were sent to can.
        case restricted
        /// Endpoints that were sent to can.
        case portRestricted
        /// Each remote endpoint sees another mapping.
        case symmetric
    }

    /// The class that follows from mapping and filtering.
    public var teredoClass: TeredoClass {
        switch (mapping, filtering) {
        case (.endpointIndependent, .endpointIndependent): .cone
        case (.endpointIndependent, .addressDependent): .restricted
        case (.endpointIndependent, .addressAndPortDependent): .portRestricted
        case (.addressDependent, _), (.addressAndPortDependent, _): .symmetric
        }
    }
}
