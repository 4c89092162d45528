// A Teredo client in a process: pings an IPv6 address with no more than a UDP socket.
//
//     InProcessClient LOCAL-IPV4 SERVER-IPV4 DESTINATION-IPV6
//
// Ends with 0 when the reply came, with 1 when it did not within 30 s, and with 64 when it was called in another way.

import TeredoProtocol
import TeredoWire

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

let words = CommandLine.arguments
guard words.count == 4, let local = IPv4Address(words[1]), let server = IPv4Address(words[2]),
    let destination = IPv6Address(words[3])
else {
    print("usage: InProcessClient LOCAL-IPV4 SERVER-IPV4 DESTINATION-IPV6")
    exit(64)
}

var client = try EmbeddedClient(
    local: local,
    server: ServerAddresses(primary: server, secondary: server.successor)
)
let limit = client.now + .seconds(30)

while client.address == nil, client.now < limit { _ = client.turn(until: limit) }
guard let own = client.address else {
    print("the server \(server) does not answer")
    exit(1)
}
print("qualified as \(own), seen at \(own.mappedEndpoint)")

let request = EchoMessage(
    kind: .request,
    source: own.ipv6,
    destination: destination,
    identifier: 1,
    sequenceNumber: 1,
    data: Array("swift-teredo".utf8)
)
let sent = client.now
client.send([UInt8](capacity: request.length) { request.encode(into: &$0) })
while client.now < limit {
    for packet in client.turn(until: limit) {
        if let message = try? EchoMessage(validating: packet.span), message == request.reply {
            print("reply from \(message.source) after \((client.now - sent) / .milliseconds(1)) ms")
            exit(0)
        }
        if let error = try? IPv6Header(validating: packet.span).icmpv6Type(in: packet.span), ICMPv6.isError(error) {
            print("ICMPv6 error of type \(error)")
            exit(1)
        }
    }
}
print("no reply from \(destination)")
exit(1)
