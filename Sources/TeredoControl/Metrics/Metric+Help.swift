extension Metric {
    /// What is measured, in one line.
    package var help: String {
        switch self {
        case .up: "Whether the role answers on its control socket: 1, or 0 when there is a socket and no answer."
        case .buildInfo: "Always 1; the label has the version of the running program."
        case .startTime: "When the role was started, as seconds since 1970-01-01 UTC."
        case .residentMemory: "Memory of the process that is resident."
        case .processorTime: "Time of processors that all threads of the process used."
        case .openDescriptors: "Descriptors that the process has open."
        case .descriptorLimit: "The most descriptors that the process may have open; absent without a limit."
        case .subscribersDropped: "Subscribers of the control socket that were hung up on because they did not read."
        case .workers: "Threads that move packets."
        case .state: "1 for the state of the client, 0 for the other ones."
        case .receivedDatagrams: "Datagrams received from the IPv4 side, dropped ones included."
        case .receivedOctets: "Octets of UDP payload received."
        case .sentDatagrams: "Datagrams handed to the IPv4 side."
        case .sentOctets: "Octets of UDP payload sent."
        case .acceptedPackets: "IPv6 packets taken from the host or the IPv6 side, dropped ones included."
        case .deliveredPackets: "IPv6 packets handed to the host or the IPv6 side."
        case .carriedPackets: "Packets carried between two clients by a transit relay, or sent through one by a client."
        case .receivedBubbles: "Bubbles received, of whatever kind."
        case .sentBubbles: "Bubbles sent, of whatever kind."
        case .solicitations: "Router solicitations sent by a client, or received by a server."
        case .advertisements: "Router advertisements accepted by a client, or sent by a server."
        case .xdpAnswers: "Solicitations that the kernel answered by XDP; the other counters include them."
        case .connectivityTests: "Echo requests of the direct IPv6 connectivity test that were sent."
        case .icmpv6Errors: "ICMPv6 errors sent."
        case .icmpv4Errors: "ICMPv4 errors heard about what was sent, those that led to nothing included."
        case .dropped: "Datagrams and packets that went no further, by the reason that the protocol gives."
        case .lost: "Datagrams and packets that the system refused or had no room for, by what happened."
        case .offloadRefusals:
            "Messages of several datagrams that the kernel did not take in one piece; nothing was lost."
        case .inboundRefused: "Packets that the inbound filter refused."
        case .peers: "Peers that are remembered."
        case .trustedPeers: "Peers that proved to be where they say."
        case .peerLimit: "The most peers that are remembered."
        case .kernelPeers: "Peers whose packets the kernel moves."
        case .transitClients: "Clients that packets are carried for; absent without transit."
        case .queuedPackets: "Packets that wait for their peers."
        case .queuedOctets: "Octets of the packets that wait for their peers."
        case .announced:
            "1 while the role is announced, as a reserve too, 0 while it is withdrawn; absent without announce-table."
        case .draining: "Whether the role drains."
        case .interfaceFaults: "What another program changed about the interface and is not put back, or not yet."
        case .interfaceRestorations:
            "How often something that another program changed about the interface was put back."
        case .refreshInterval: "The refresh interval in force."
        case .portMapping: "Whether a router forwards a port to the client and the server sees the client there."
        case .nativeHostsTried: "Native IPv6 hosts that were tried in the last ten minutes."
        case .nativeHostsAnswered: "Native IPv6 hosts that were tried in the last ten minutes and answered."
        case .serverInUse: "1 for the server that the client uses, 0 for the other ones."
        case .serverRoundTrip: "How long a solicitation and its answer take, smoothed; absent while it is not known."
        case .serverUnanswered: "Questions in a row that the server has not answered."
        case .qualification:
            "How long the client was without an address, from the first attempt; time without a network left out."
        case .firstContact:
            "From the first packet that had to wait for a peer until packets could go; failed contacts left out."
        case .peerRoundTrip: "From a bubble or a connectivity test to its answer, perhaps through a server one way."
        case .queueWait:
            "How long packets waited until the peer was reached or had proved itself; dropped ones left out."
        }
    }
}
