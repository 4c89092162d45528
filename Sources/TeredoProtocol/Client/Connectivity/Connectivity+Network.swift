import TeredoWire

/// What the owner learns of the host's network.
extension Connectivity {
    mutating func setSubnets(_ subnets: [IPv4Prefix]) {
        context.setNetwork(localEndpoint: context.localEndpoint, subnets: subnets)
    }

    mutating func setOwnAddresses(_ addresses: [IPv4Address]) { context.setOwnAddresses(addresses) }

    mutating func setNearHops(_ hops: NearHops) { context.setNearHops(hops) }

    mutating func setTransitRelay(_ relay: UDPEndpoint?) { context.setTransitRelay(relay) }

    mutating func setPortMapping(_ external: UDPEndpoint?) { context.setPortMapping(external) }
}
