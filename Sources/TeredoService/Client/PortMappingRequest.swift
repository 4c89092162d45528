import TeredoHost
import TeredoPortMapping
import TeredoWire

/// What a router is to forward to this host.
struct PortMappingRequest {
    /// The router.
    let gateway: IPv4Address
    /// The service port, with the address of this host towards the router.
    let local: UDPEndpoint
    /// The protocols in which the router is asked.
    let protocols: Set<MappingProtocol>
}
