import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// Where datagrams may go at all.
@Suite struct DestinationTests {
    @Test("I8, V14: a relay may name the server on its own node, at any port but 0, and no other own address")
    func ownServer() {
        var filter = GlobalUnicastFilter()
        let server = IPv4Address(192, 0, 2, 1)
        filter.ownAddresses = [server, server.successor]
        for (port, isPermitted) in [(0, false), (1, true), (3544, true), (65_535, true)] as [(UInt16, Bool)] {
            let endpoint = UDPEndpoint(server, port)
            #expect((filter.destination(endpoint, ownServer: server) != nil) == isPermitted, "\(port)")
            #expect(filter.destination(endpoint) == nil)
            #expect(filter.destination(endpoint, ownServer: server.successor) == nil)
        }
        let other = IPv4Address(10, 0, 0, 1)
        #expect(filter.destination(server: other, ownServer: other) == nil, "not global unicast")
        #expect(filter.destination(UDPEndpoint(IPv4Address(198, 51, 100, 1), 0)) == nil)
    }
}
