/// A metric as monitoring sees it; its raw value is its name.
///
/// The order is that of the output.
/// Names and units are those of Prometheus' conventions. What Prometheus' own libraries call `process_…` begins with `teredo_`
/// here, because node_exporter, which may read the output from a file, has metrics of these names itself.
package enum Metric: String, CaseIterable, Hashable, Sendable {
    case up = "teredo_up"
    case buildInfo = "teredo_build_info"
    case startTime = "teredo_process_start_time_seconds"
    case residentMemory = "teredo_process_resident_memory_bytes"
    case processorTime = "teredo_process_cpu_seconds_total"
    case openDescriptors = "teredo_process_open_fds"
    case descriptorLimit = "teredo_process_max_fds"
    case subscribersDropped = "teredo_control_subscribers_dropped_total"

    case workers = "teredo_workers"
    case state = "teredo_state"
    case receivedDatagrams = "teredo_received_datagrams_total"
    case receivedOctets = "teredo_received_bytes_total"
    case sentDatagrams = "teredo_sent_datagrams_total"
    case sentOctets = "teredo_sent_bytes_total"
    case acceptedPackets = "teredo_accepted_packets_total"
    case deliveredPackets = "teredo_delivered_packets_total"
    case carriedPackets = "teredo_carried_packets_total"
    case receivedBubbles = "teredo_received_bubbles_total"
    case sentBubbles = "teredo_sent_bubbles_total"
    case solicitations = "teredo_solicitations_total"
    case advertisements = "teredo_advertisements_total"
    case xdpAnswers = "teredo_xdp_answers_total"
    case connectivityTests = "teredo_connectivity_tests_total"
    case icmpv6Errors = "teredo_sent_icmpv6_errors_total"
    case icmpv4Errors = "teredo_received_icmpv4_errors_total"
    case dropped = "teredo_dropped_total"
    case lost = "teredo_lost_total"
    case offloadRefusals = "teredo_offload_refusals_total"
    case inboundRefused = "teredo_inbound_refused_packets_total"

    case peers = "teredo_peers"
    case trustedPeers = "teredo_trusted_peers"
    case peerLimit = "teredo_peer_limit"
    case kernelPeers = "teredo_kernel_peers"
    case transitClients = "teredo_transit_clients"
    case queuedPackets = "teredo_queue_packets"
    case queuedOctets = "teredo_queue_bytes"
    case announced = "teredo_announced"
    case draining = "teredo_draining"
    case interfaceFaults = "teredo_interface_faults"
    case interfaceRestorations = "teredo_interface_restorations_total"
    case refreshInterval = "teredo_refresh_interval_seconds"
    case portMapping = "teredo_port_mapping"
    case nativeHostsTried = "teredo_native_hosts_tried"
    case nativeHostsAnswered = "teredo_native_hosts_answered"
    case serverInUse = "teredo_server_in_use"
    case serverRoundTrip = "teredo_server_round_trip_seconds"
    case serverUnanswered = "teredo_server_unanswered_solicitations"

    case qualification = "teredo_qualification_seconds"
    case firstContact = "teredo_first_contact_seconds"
    case peerRoundTrip = "teredo_peer_round_trip_seconds"
    case queueWait = "teredo_queue_wait_seconds"

    /// How values of a metric are to be understood.
    package enum Kind: String, Hashable, Sendable {
        /// Only grows while the role runs.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts of values in buckets.
        case histogram
    }

    /// What a label tells.
    package enum Label: String, CaseIterable, Hashable, Sendable {
        /// The control socket that gave the sample, where those of several are together.
        case socket
        /// As in `teredo ROLE`: client, server, relay, host-relay, gateway or auto.
        case role
        /// The part of the role that counts.
        case part
        /// Why something went no further.
        case reason
        /// What a client is.
        case state
        /// What the kernel did not take.
        case offload
        /// The primary address of a server.
        case server
        /// The version of the running program.
        case version
    }

    /// How the values are to be understood.
    package var kind: Kind {
        switch self {
        case .qualification, .firstContact, .peerRoundTrip, .queueWait: .histogram
        default: rawValue.hasSuffix("_total") ? .counter : .gauge
        }
    }

    /// The labels of every sample, in this order; those of a histogram have `le` besides.
    package var labels: [Label] {
        switch self {
        case .up, .startTime, .residentMemory, .processorTime, .openDescriptors, .descriptorLimit, .subscribersDropped:
            [.role]
        case .buildInfo: [.role, .version]
        case .state: [.role, .part, .state]
        case .announced, .draining: [.role]
        case .dropped, .lost: [.role, .part, .reason]
        case .offloadRefusals: [.role, .part, .offload]
        case .serverInUse, .serverRoundTrip, .serverUnanswered: [.role, .part, .server]
        default: [.role, .part]
        }
    }
}
