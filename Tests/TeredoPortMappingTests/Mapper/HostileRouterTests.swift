import Foundation
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoPortMapping

/// What a router says is believed of nobody and costs nobody much.
struct HostileRouterTests {
    /// The time that this thread computed, in seconds: other load on the machine does not count.
    private static func cost(_ body: () -> Void) -> Double {
        func spent() -> Double {
            var time = timespec()
            _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = spent()
        body()
        return spent() - start
    }

    /// What the reading of an answer costs in the mapper's step that does most with it, in seconds.
    private static func costOfReading(_ text: some Sequence<UInt8>) -> Double {
        let octets = Array(text)
        let location = HTTPLocation(host: UDPEndpoint(ScriptedRouter.address, 5000), path: "/x")
        return cost {
            guard let answer = HTTPAnswer(octets) else { return }
            _ = DeviceDescription(answer.body, at: location)
            _ = GatewayAnswer(answer).externalAddress
            _ = GatewayAnswer(answer).internalClient
        }
    }

    @Test("SEC-37: four times as long an answer costs about four times as much time, whatever is in it")
    func linearTime() {
        for text in HostileTexts.all {
            for head in HostileTexts.heads {
                let answer = (Array(head.utf8) + text).prefix(HTTPReader.limit)
                let quarter = Self.costOfReading(answer.prefix(answer.count / 4))
                let whole = Self.costOfReading(answer)
                // Against itself, because machines differ. What is quadratic takes 16 times as long, which is seconds.
                #expect(whole < 8 * quarter + 0.1, "\(String(decoding: answer.prefix(120), as: UTF8.self))")
            }
        }
    }

    @Test("SEC-37: no datagram costs more than its length allows")
    func datagrams() {
        for text in HostileTexts.all {
            let octets = Array((Array("HTTP/1.1 200 OK\r\nLOCATION: ".utf8) + text).prefix(4096))
            var router = ScriptedRouter()
            router.start()
            let cost = Self.cost {
                router.mapper.handleDatagram(octets.span, from: UDPEndpoint(ScriptedRouter.address, 1), now: router.now)
            }
            #expect(cost < 0.1)
        }
    }

    @Test("SEC-37: a router that names another port with each answer is believed a few times, and then once a minute")
    func restless() throws {
        var router = ScriptedRouter([.natPMP])
        router.respond = { ScriptedRouter.natPMP($0) }
        router.start()
        func answer(_ port: UInt16, lifetime: UInt8) -> [UInt8] {
            [
                0, 129, 0, 0, 0, 0, 3, 0xE8, 0x9C, 0x40, UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0, 0,
                lifetime,
            ]
        }
        var records = Set([router.mapper.records])
        for number in UInt16(0)..<6_000 {
            router.receive(answer(50_000 + number, lifetime: 255), from: ScriptedRouter.control)
            records.insert(router.mapper.records)
            router.advance(.milliseconds(100))
        }
        // Ten minutes: the burst, and one each minute.
        #expect(records.count <= 19, "\(records.count) times something would have been written")
        #expect(router.events.count <= 60, "\(router.events.count) times something was told")
        // Neither does one that lets each mapping end at once.
        var short = ScriptedRouter([.natPMP])
        short.respond = { transmit in
            transmit.bytes.count == 2
                ? ScriptedRouter.natPMP(transmit) : [(answer(40_000, lifetime: 1), ScriptedRouter.control)]
        }
        short.start()
        short.advance(.seconds(600))
        #expect(short.events.count <= 60, "\(short.events.count) times something was told")
        // A router that behaves again is believed again.
        router.respond = { ScriptedRouter.natPMP($0) }
        router.advance(.seconds(1_200))
        #expect(router.mapping?.external == UDPEndpoint(ScriptedRouter.external, 40_000))
    }

    @Test("SEC-37: nothing that a router says crashes the mapper, makes it grow, or keeps it from resting")
    func fuzz() {
        var generator = SplitMix64(seed: 6887)
        let model = GatewayModel()
        let search = RouterDatagram(
            destination: SSDPMessage.group,
            bytes: SSDPMessage.search(for: "upnp:rootdevice")
        )
        let description =
            "<root><URLBase>http://a:1/</URLBase><service><serviceType>\(model.services[0].type)</serviceType>"
            + "<controlURL><![CDATA[c]]>&amp;</controlURL></service></root>"
        let samples: [[UInt8]] = [
            Array("HTTP/1.1 200 OK\r\n\r\n\(description)".utf8), model.search(search)[0].0,
            [0, 129, 0, 0, 0, 0, 3, 0xE8, 0x9C, 0x40, 0x9C, 0x40, 0, 0, 14, 16],
            [0, 128, 0, 0, 0, 0, 3, 0xE8, 198, 51, 100, 7], [2, 0x81] + [UInt8](repeating: 0, count: 58),
            Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>b<\r\nffffffffffffffff\r\n".utf8),
            Array(GatewayModel.done("<NewExternalIPAddress>198.51.100.7</NewExternalIPAddress>").utf8),
            Array(GatewayModel.fault(718).utf8), Array("HTTP/1.1 301 x\r\nLocation: ../x\r\n\r\n".utf8),
        ]
        for round in 0..<600 {
            var router = ScriptedRouter(seed: UInt64(round))
            var open: [Int] = []
            router.serve = { _ in .never }
            router.start()
            for _ in 0..<12 {
                var bytes = samples[Int.random(in: 0..<samples.count, using: &generator)]
                for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                }
                if Bool.random(using: &generator) {
                    bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                }
                open = router.exchanges.map(\.identifier)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: router.receive(bytes, from: ScriptedRouter.control)
                case 1: router.receive(bytes, from: UDPEndpoint(ScriptedRouter.address, 1900))
                case 2: router.advance(.milliseconds(Int.random(in: 0...8000, using: &generator)))
                case 3:
                    router.observe(UDPEndpoint(ScriptedRouter.external, UInt16.random(in: 0...2, using: &generator)))
                default:
                    let identifier = open.randomElement(using: &generator) ?? 0
                    router.mapper.handleAnswer(bytes, to: identifier, now: router.now)
                    router.pump()
                }
            }
            router.advance(.seconds(3600))
            #expect(router.exchanges.count < 1000 && router.transmits.count < 2000, "round \(round)")
            #expect(router.mapper.records.count <= 20)
            router.remove()
            router.advance(.seconds(1))
            #expect(router.events.last == .removed && router.mapper.nextTimeout == nil, "round \(round)")
        }
    }
}
