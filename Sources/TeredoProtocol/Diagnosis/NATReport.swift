public import TeredoWire

/// What a diagnosis found out about the NAT, in the words of RFC 4787; `nil` stands for not known.
public struct NATReport: Hashable, Sendable {
    /// How external endpoints depend on the remote endpoint (RFC 4787 section 4.1).
    public enum Mapping: String, Hashable, Sendable {
        /// There is no NAT.
        case none
        /// All remote endpoints see the same external endpoint.
        case endpointIndependent = "endpoint-independent"
        /// Address-dependent, or address and port-dependent: a server with one port cannot tell which.
        case dependent = "address-or-port-dependent"
    }

    /// Which remote endpoints may send to an external endpoint (RFC 4787 section 5).
    public enum Filtering: String, Hashable, Sendable {
        /// All.
        case endpointIndependent = "endpoint-independent"
        /// Only addresses, or only endpoints, that were sent to: a server with one port cannot tell which.
        case dependent = "address-or-port-dependent"
    }

    /// How external ports are chosen (RFC 4787 section 4.2).
    public enum PortAssignment: Hashable, Sendable {
        /// The internal port.
        case preserved
        /// One after the other, at this distance.
        case sequential(step: Int)
        /// No rule that can be seen.
        case other
    }

    /// What happens to datagrams from inside to an external endpoint of the NAT (RFC 4787 section 6).
    public enum Hairpinning: String, Hashable, Sendable {
        /// They are dropped.
        case none
        /// They come back with their internal source.
        case internalSource = "internal-source"
        /// They come back with their external source, as RFC 4787 asks.
        case externalSource = "external-source"
    }

    /// How long an idle mapping lives: between the two bounds.
    public struct Lifetime: Hashable, Sendable {
        /// The longest idle time after which the mapping still was there.
        public var atLeast: Duration
        /// The shortest idle time after which it was gone; `nil` when it never was.
        public var lessThan: Duration?

        /// Makes bounds.
        public init(atLeast: Duration, lessThan: Duration?) {
            self.atLeast = atLeast
            self.lessThan = lessThan
        }
    }

    /// What became of asking one server address.
    public enum Answer: Hashable, Sendable {
        /// It was not asked, or the question is still under way.
        case unknown
        /// It answered, after this time.
        case answered(Duration)
        /// It did not answer.
        case silent
    }

    /// The server that was asked.
    public var server: ServerAddresses
    /// The primary address of the server.
    public var primary = Answer.unknown
    /// The secondary address of the server.
    public var secondary = Answer.unknown
    /// The main probe's endpoint as this host sees it.
    public var localEndpoint: UDPEndpoint?
    /// The same endpoint as the primary address sees it.
    public var mappedEndpoint: UDPEndpoint?
    /// The same endpoint as the secondary address sees it.
    public var secondaryMappedEndpoint: UDPEndpoint?
    /// Mapping behaviour.
    public var mapping: Mapping?
    /// Filtering behaviour.
    public var filtering: Filtering?
    /// Port assignment behaviour.
    public var portAssignment: PortAssignment?
    /// Hairpinning behaviour.
    public var hairpinning: Hairpinning?
    /// Whether different mappings have different external addresses.
    public var usesSeveralAddresses: Bool?
    /// Whether the NAT box remembers a datagram from outside that came before the inside sent to its sender, so that the
    /// inside's answer leaves from another port.
    public var remembersStrays: Bool?
    /// The lifetime of idle mappings.
    public var lifetime: Lifetime?
    /// Datagrams that belong to no probe.
    public var ignoredCount = 0
    /// Why the last answer to a probe was not believed.
    public var lastRejection: DropReason?

    /// A report of which nothing is known yet.
    package init(server: ServerAddresses) {
        self.server = server
    }

    /// Whether a Teredo client can qualify here.
    public var allowsClient: Bool { mappedEndpoint != nil }

    /// The class of RFC 3489 and RFC 4380, in the words of `netsh interface teredo show state`; `nil` while unknown.
    public var netshWord: String? {
        switch (mapping, filtering) {
        case (.some(.none), _): "none (global connectivity)"
        case (.dependent, _): "symmetric"
        case (.endpointIndependent, .endpointIndependent): "cone"
        case (.endpointIndependent, .dependent): "restricted or restricted (port)"
        case (.endpointIndependent, nil): "cone, restricted or restricted (port)"
        case (nil, _): nil
        }
    }
}
