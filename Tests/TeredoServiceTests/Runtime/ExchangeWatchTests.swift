import TeredoControl
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoService

/// What those hear who look on while a role exchanges messages.
@Suite struct ExchangeWatchTests {
    private static let start = ProtocolInstant(nanoseconds: 0) + .seconds(5)
    private static let client = ipv6("2001:0:c000:201:2cad:efff:39cc:9bf8")

    private static let bubble = encoded {
        TeredoBubble(source: client, destination: ipv6("2001:0:c000:201::1")).encode(into: &$0)
    }

    @Test("messages in a row are one with a count; another endpoint, direction or message is another")
    func row() {
        let watch = ExchangeWatch()
        watch.turn(on: true)
        for _ in 0..<3 { watch.note(.sent, Self.bubble.span, endpoint("192.0.2.1:3544")) }
        watch.note(.sent, Self.bubble.span, endpoint("192.0.2.1:3545"))
        watch.note(.received, Self.bubble.span, endpoint("192.0.2.1:3545"))
        let told = watch.take(now: Self.start)
        #expect(told.map(\.count) == [3, 1, 1])
        #expect(told.map(\.direction) == [.sent, .sent, .received] && told.allSatisfy { $0.message == .bubble })
        #expect(told.map(\.endpoint.port) == [3544, 3545, 3545])
    }

    @Test("nothing is noted while nobody wants to see it, and nothing of before when somebody does")
    func idle() {
        let watch = ExchangeWatch()
        watch.note(.sent, Self.bubble.span, endpoint("192.0.2.1:3544"))
        #expect(watch.deadline == nil && watch.take(now: Self.start).isEmpty)
        watch.turn(on: true)
        #expect(watch.take(now: Self.start).isEmpty)
        watch.note(.sent, Self.bubble.span, endpoint("192.0.2.1:3544"))
        watch.turn(on: false)
        watch.turn(on: true)
        #expect(watch.take(now: Self.start + .seconds(1)).isEmpty)
    }

    @Test("of a crowd the newest are told, four times a second")
    func crowd() {
        let watch = ExchangeWatch()
        watch.turn(on: true)
        for number in 0..<10_000 {
            watch.note(.received, Self.bubble.span, UDPEndpoint(ipv4("192.0.2.9"), UInt16(number)))
        }
        let told = watch.take(now: Self.start)
        #expect(told.count == ExchangeWatch.capacity && told.last?.endpoint.port == 9999)
        watch.note(.sent, Self.bubble.span, endpoint("192.0.2.1:3544"))
        #expect(watch.take(now: Self.start + .milliseconds(249)).isEmpty)
        #expect(watch.deadline == Self.start + ExchangeWatch.pace)
        #expect(watch.take(now: Self.start + .milliseconds(250)).count == 1)
    }

    @Test("solicitations, advertisements and echoes are told apart; packets on their way and rubbish are no messages")
    func kinds() throws {
        func message(_ octets: [UInt8]) -> MessageExchange.Message? { MessageExchange.Message(octets.span) }
        #expect(message(Self.bubble) == .bubble)
        for (type, expected) in [
            (ICMPv6.routerSolicitation, MessageExchange.Message.routerSolicitation),
            (ICMPv6.routerAdvertisement, .routerAdvertisement), (ICMPv6.echoRequest, .echoRequest),
            (ICMPv6.echoReply, .echoReply),
        ] {
            let packet = encoded { output in
                IPv6Header(
                    payloadLength: 8,
                    nextHeader: 58,
                    hopLimit: 255,
                    source: Self.client,
                    destination: Self.client
                )
                .encode(into: &output)
                for octet in [type, 0, 0, 0, 0, 0, 0, 0] { output.append(octet) }
            }
            #expect(message(packet) == expected)
            // With an origin indication before it.
            #expect(message([0, 0, 1, 2, 3, 4, 5, 6] + packet) == expected)
        }
        let data = encoded { output in
            IPv6Header(payloadLength: 4, nextHeader: 17, hopLimit: 64, source: Self.client, destination: Self.client)
                .encode(into: &output)
            for octet: UInt8 in [1, 2, 3, 4] { output.append(octet) }
        }
        #expect(message(data) == nil && message([]) == nil && message([0xFF, 1, 2]) == nil)
    }
}
