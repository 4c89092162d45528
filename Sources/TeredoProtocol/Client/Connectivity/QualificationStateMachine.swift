import TeredoWire

/// The states of qualification (RFC 4380 section 5.2.1) and what each input leads to; sends nothing and draws nothing.
///
/// Transitions are pure: the client stores the state that it gets and carries the action out.
struct QualificationStateMachine: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// Not started.
        case initial
        /// Waiting for the server's addresses.
        case resolving
        /// START_CONE: solicitations with the cone bit to the primary address.
        case cone
        /// START_RESTR: solicitations without the cone bit to the primary address.
        case restricted
        /// START_SECOND: solicitations to the secondary address; the first answer is kept.
        case secondary(first: UDPEndpoint)
        /// Qualified.
        case qualified(Qualified)
        /// Off-line until the back-off is over; without end while there is no network.
        case offline(until: ProtocolInstant?)
    }

    /// What is known of a qualified client.
    struct Qualified: Hashable, Sendable {
        var mappedEndpoint: UDPEndpoint
        var coneBit: Bool
        var natClass: NATClass
        /// Whether another address of a server saw this mapping elsewhere: one that sees it at the same place proves nothing then.
        var isSeenElsewhere = false
    }

    enum Action: Hashable, Sendable {
        /// Nothing to do.
        case none
        /// Ask the owner for the server's addresses.
        case resolve
        /// Send the first solicitation of a phase.
        case solicitPrimary(coneBit: Bool)
        /// Send the first solicitation of START_SECOND.
        case solicitSecondary
        /// Build the address and tell the owner; `asksSecondary` tells whether the kind of NAT is to be found out beside.
        case qualify(Qualified, asksSecondary: Bool)
        /// The kind of NAT is another one, and the address stays.
        case classify(Qualified)
        /// Give up until the back-off is over.
        case goOffline
    }

    private(set) var state = State.initial
    private let policy: QualificationPolicy

    init(_ policy: QualificationPolicy) {
        self.policy = policy
    }

    /// What is known of the client while it is qualified.
    var qualified: Qualified? { if case .qualified(let qualified) = state { qualified } else { nil } }

    /// Where the client stands, for those who watch it.
    var status: ConnectivityStatus {
        switch state {
        case .initial: .initial
        case .resolving: .starting(.resolving)
        case .cone: .starting(.cone)
        case .restricted: .starting(.restricted)
        case .secondary: .starting(.secondary)
        case .qualified(let qualified): .qualified(qualified.natClass)
        case .offline(let until): .offline(until: until ?? ProtocolInstant(nanoseconds: .max))
        }
    }

    /// Whether servers that are not in use are asked too.
    var asksOtherServers: Bool {
        switch state {
        case .initial, .resolving, .offline: false
        case .cone, .restricted, .secondary, .qualified: true
        }
    }

    /// Whether symmetric NATs are refused.
    var rejectsSymmetricNAT: Bool { policy.rejectsSymmetricNAT }

    mutating func start() -> Action {
        state = .resolving
        return .resolve
    }

    mutating func serverFound() -> Action {
        guard state == .resolving else { return .none }
        state = policy.usesConePhase ? .cone : .restricted
        return .solicitPrimary(coneBit: policy.usesConePhase)
    }

    mutating func serverNotFound() -> Action {
        guard state == .resolving else { return .none }
        state = .offline(until: nil)
        return .goOffline
    }

    mutating func advertised(_ endpoint: UDPEndpoint, hasSecondary: Bool) -> Action {
        let (next, action) = Self.afterAdvertisement(state, endpoint, policy, hasSecondary: hasSecondary)
        state = next
        return action
    }

    /// All solicitations of the phase were in vain.
    mutating func exhausted() -> Action {
        let (next, action) = Self.afterExhaustion(state, policy)
        state = next
        return action
    }

    /// There is no service until the back-off is over.
    mutating func goOffline(until instant: ProtocolInstant?) { state = .offline(until: instant) }

    /// When the back-off is over.
    var backoffDeadline: ProtocolInstant? { if case .offline(let until) = state { until } else { nil } }

    /// A server answered a solicitation without the cone bit while another one is silent in the cone phase.
    mutating func skipConePhase() { if state == .cone { state = .restricted } }

    /// Another server takes over: it sees us at `endpoint`, and the NAT is the same.
    mutating func serverChanged(_ endpoint: UDPEndpoint, hasSecondary: Bool) -> Action {
        guard case .qualified(let current) = state else { return .none }
        let asksSecondary = current.natClass == .unknown && policy.checksSecondaryServer && hasSecondary
        let (next, action) = Self.qualified(
            endpoint,
            coneBit: current.coneBit,
            current.natClass,
            asksSecondary: asksSecondary
        )
        state = next
        return action
    }

    /// Another server address than the primary one sees a qualified client at `endpoint`: that tells the kind of NAT.
    mutating func observed(_ endpoint: UDPEndpoint) -> Action {
        guard case .qualified(var current) = state, !current.coneBit else { return .none }
        if current.mappedEndpoint != endpoint { current.isSeenElsewhere = true }
        let natClass: NATClass = current.isSeenElsewhere ? .symmetric : .restricted
        if natClass == .symmetric, policy.rejectsSymmetricNAT {
            state = .offline(until: nil)
            return .goOffline
        }
        let isNew = natClass != current.natClass
        current.natClass = natClass
        state = .qualified(current)
        return isNew ? .classify(current) : .none
    }

    private static func afterAdvertisement(
        _ state: State,
        _ endpoint: UDPEndpoint,
        _ policy: QualificationPolicy,
        hasSecondary: Bool
    ) -> (State, Action) {
        switch state {
        case .cone:
            return qualified(endpoint, coneBit: true, .cone)
        case .restricted:
            guard policy.checksSecondaryServer, hasSecondary else {
                return qualified(endpoint, coneBit: false, .unknown)
            }
            if policy.acceptsSilentSecondary {
                return qualified(endpoint, coneBit: false, .unknown, asksSecondary: true)
            }
            return (.secondary(first: endpoint), .solicitSecondary)
        case .secondary(let first) where first == endpoint:
            return qualified(first, coneBit: false, .restricted)
        case .secondary(let first):
            // SNS-1: unless the configuration says so, the client goes on with the first endpoint.
            if policy.rejectsSymmetricNAT { return (.offline(until: nil), .goOffline) }
            return qualified(first, coneBit: false, .symmetric)
        case .qualified(let current) where current.mappedEndpoint != endpoint:
            // The mapping changed: the old address is void, the new one is used at once, and the NAT is examined anew beside
            // it (RFC 4380 section 5.2.5, which asks for no second address).
            let asksSecondary = policy.checksSecondaryServer && hasSecondary && !current.coneBit
            return qualified(endpoint, coneBit: current.coneBit, current.natClass, asksSecondary: asksSecondary)
        case .initial, .resolving, .offline, .qualified:
            return (state, .none)
        }
    }

    private static func afterExhaustion(_ state: State, _ policy: QualificationPolicy) -> (State, Action) {
        switch state {
        case .cone:
            (.restricted, .solicitPrimary(coneBit: false))
        case .restricted, .secondary, .qualified:
            (.offline(until: nil), .goOffline)
        case .initial, .resolving, .offline:
            (state, .none)
        }
    }

    private static func qualified(
        _ endpoint: UDPEndpoint,
        coneBit: Bool,
        _ natClass: NATClass,
        asksSecondary: Bool = false
    ) -> (State, Action) {
        let result = Qualified(mappedEndpoint: endpoint, coneBit: coneBit, natClass: natClass)
        return (.qualified(result), .qualify(result, asksSecondary: asksSecondary))
    }
}
