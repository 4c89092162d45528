import TeredoWire
import Testing

@testable import TeredoPortMapping

/// UPnP with routers as people have them.
struct UPnPTests {
    private typealias Service = GatewayModel.Service

    private static let ip = "urn:schemas-upnp-org:service:WANIPConnection:1"
    private static let ppp = "urn:schemas-upnp-org:service:WANPPPConnection:1"

    private func run(_ model: GatewayModel, for duration: Duration = .seconds(6)) -> ScriptedRouter {
        var router = ScriptedRouter(model)
        router.start()
        router.advance(duration)
        return router
    }

    @Test("search, description, address, AddPortMapping with the same port; deleted at the end")
    func plain() throws {
        let model = GatewayModel()
        var router = run(model)
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .upnp && mapping.external == UDPEndpoint(ScriptedRouter.external, 40_000))
        #expect(mapping.lifetime == .seconds(7200))
        #expect(model.actions == ["/ctl GetExternalIPAddress", "/ctl AddPortMapping 40000 7200"])
        let request = String(decoding: router.exchanges[2].request, as: UTF8.self)
        for part in [
            "POST /ctl HTTP/1.1\r\n", "Host: 192.168.1.1:5000\r\n", "Connection: close\r\n",
            "<NewInternalPort>40000</NewInternalPort>", "<NewInternalClient>192.168.1.5</NewInternalClient>",
            "<NewProtocol>UDP</NewProtocol>", "TEREDO", "SOAPAction: \"\(Self.ip)#AddPortMapping\"",
        ] {
            #expect(request.contains(part), "\(part)")
        }
        router.remove()
        #expect(model.actions.last == "/ctl DeletePortMapping 40000" && model.table.isEmpty)
        #expect(router.events.last == .removed && router.mapper.records.isEmpty)
    }

    @Test("of several services the one that works is taken, whatever is wrong with the others")
    func services() {
        let broken = [
            Service(type: Self.ip, control: "/a", addError: 501),
            Service(type: Self.ip, control: "/a", external: "0.0.0.0"),
            Service(type: Self.ip, control: "/a", external: ""), Service(type: Self.ip, control: "/a", addError: 606),
            Service(type: Self.ip, control: "/a", external: "198.51.100.9", addError: 728),
            Service(type: Self.ip, control: "/a", external: "224.0.0.1"),
            Service(type: Self.ip, control: "/a", delay: nil),
        ]
        for first in broken {
            for type in [Self.ip, Self.ppp] {
                let model = GatewayModel([first, Service(type: type, control: "/b")])
                let router = run(model, for: .seconds(12))
                #expect(router.mapping?.external == UDPEndpoint(ScriptedRouter.external, 40_000), "\(first)")
                #expect(model.actions.last?.hasPrefix("/b AddPortMapping") == true, "\(model.actions)")
            }
        }
    }

    @Test("the service that leads to where the server sees the host comes first, also when that shows later")
    func observed() {
        let services = [
            Service(type: Self.ip, control: "/a", external: "203.0.113.9"), Service(type: Self.ip, control: "/b"),
        ]
        let seen = UDPEndpoint(ScriptedRouter.external, 40_000)
        let early = GatewayModel(services)
        var router = ScriptedRouter(early)
        router.observe(seen)
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping?.external == seen && !early.actions.contains("/a AddPortMapping 40000 7200"))
        let late = GatewayModel(services)
        router = run(late)
        #expect(router.mapping?.external == UDPEndpoint(IPv4Address(203, 0, 113, 9), 40_000))
        router.observe(seen)
        #expect(router.mapping?.external == seen && late.actions.contains("/a DeletePortMapping 40000"))
        // Both may have written into one table.
        router.advance(.seconds(3))
        #expect(late.table[40_000] == "192.168.1.5")
    }

    @Test(
        "a lease that is refused is asked for as permanent, and the other way round at the renewal",
        arguments: [725, 402, 501, 401, 500]
    )
    func leases(code: Int) {
        let model = GatewayModel([Service(leaseError: code)])
        var router = run(model)
        #expect(router.mapping != nil && router.mapping?.lifetime == nil)
        #expect(router.mapper.records.map(\.isPermanent) == [true])
        model.services[0].leaseError = nil
        model.services[0].permanentError = code
        router.advance(.seconds(600))
        #expect(router.mapping?.lifetime == .seconds(7200))
        let refusing = run(GatewayModel([Service(leaseError: code, permanentError: code)]))
        #expect(refusing.events == [.unmapped(.refused(.upnp, code: code))])
    }

    @Test("a router may take up to ten seconds for each answer")
    func slow() {
        for seconds in [0.7, 2.5, 4.5, 9.5] {
            let router = run(GatewayModel([Service(delay: .seconds(seconds))]), for: .seconds(2 * seconds + 2))
            #expect(router.mapping != nil, "\(seconds)")
        }
    }

    @Test("what was made by a request that took longer is deleted")
    func tooSlow() {
        let model = GatewayModel()
        var router = ScriptedRouter(model)
        router.serve = { exchange in
            let request = String(decoding: exchange.request, as: UTF8.self)
            guard request.contains("#AddPortMapping") else { return model.serve(exchange) }
            _ = model.serve(exchange)
            return .never
        }
        router.start()
        router.advance(.seconds(5))
        #expect(model.table[40_000] != nil && router.mapper.isRemovalNeeded)
        #expect(router.mapper.records.count == 1, "also when the process is killed while it waits")
        router.advance(.seconds(7))
        #expect(model.table.isEmpty && router.events == [.unmapped(.unfinished(.upnp))])
    }

    @Test("the end in the middle of a request leaves nothing behind")
    func removalMeanwhile() {
        let model = GatewayModel([Service(delay: .seconds(3))])
        var router = run(model, for: .seconds(4))
        #expect(model.table[40_000] != nil && router.mapping == nil && router.mapper.isRemovalNeeded)
        router.remove()
        #expect(model.table.isEmpty)
        router.advance(.seconds(1))
        #expect(router.events.last == .removed)
    }

    @Test(
        "routers that answer a search for one thing only are found",
        arguments: [
            "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
            "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
            "urn:schemas-upnp-org:service:WANIPConnection:1", "urn:schemas-upnp-org:service:WANIPConnection:2",
            "urn:schemas-upnp-org:service:WANPPPConnection:1", "upnp:rootdevice",
        ]
    )
    func targets(target: String) {
        let model = GatewayModel()
        model.targets = [target]
        #expect(run(model).mapping != nil)
    }

    @Test("an answer that comes seconds later, when silence was reported already, is taken")
    func lateAnswer() {
        let model = GatewayModel()
        let search = RouterDatagram(destination: SSDPMessage.group, bytes: SSDPMessage.search(for: "x"))
        let (answer, source) = model.search(search)[0]
        var router = ScriptedRouter(model)
        router.respond = { _ in [] }
        router.start()
        router.advance(.seconds(9))
        #expect(router.events == [.unmapped(.silent)])
        router.receive(answer, from: source)
        router.advance(.seconds(1))
        #expect(router.mapping != nil)
    }

    @Test(
        "a description elsewhere, as one of a redundant pair gives it, is fetched from the gateway at the same port and path",
        arguments: [
            "http://192.168.1.2:5000/rootDesc.xml", "http://router.local:5000/rootDesc.xml",
            "http://[fe80::1]:5000/rootDesc.xml",
        ]
    )
    func redundantPair(location: String) {
        for source in [ScriptedRouter.address, IPv4Address(192, 168, 1, 2)] {
            let model = GatewayModel([Service(control: "/ctl")])
            model.locations = [location]
            model.source = source
            model.base = "<URLBase>http://192.168.1.3:5001/</URLBase>"
            let router = run(model)
            #expect(router.mapping != nil)
            #expect(router.exchanges.allSatisfy { $0.destination.address == ScriptedRouter.address })
        }
    }

    @Test("other devices that answer are asked for on the gateway, four of them, and do not hide the router")
    func otherDevices() {
        let model = GatewayModel()
        let answer = { (text: String, source: IPv4Address) in
            (Array("HTTP/1.1 200 OK\r\nLOCATION: \(text)\r\n\r\n".utf8), UDPEndpoint(source, 1900))
        }
        var router = ScriptedRouter(model)
        router.respond = { transmit in
            guard transmit.destination.port == 1900 else { return [] }
            let others = (10..<60).map { answer("http://192.168.1.\($0):80/d\($0).xml", IPv4Address(192, 168, 1, $0)) }
            return others + [answer("http://192.168.1.1:5000/rootDesc.xml", ScriptedRouter.address)]
        }
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping != nil)
        #expect(router.requestLines.filter { $0.hasPrefix("GET /d") }.count == 4)
    }

    @Test("every answer is followed: a description without services does not hide another one")
    func descriptions() {
        let model = GatewayModel()
        model.locations = ["http://192.168.1.1:5000/media.xml", "http://192.168.1.1:5000/rootDesc.xml"]
        #expect(run(model).mapping != nil)
        model.locations = ["http://192.168.1.1:5000/media.xml"]
        #expect(run(model).events == [.unmapped(.noService)])
    }

    @Test("redirections are followed twice, on the gateway")
    func redirections() {
        let model = GatewayModel()
        var router = ScriptedRouter(model)
        router.serve = { exchange in
            let line = String(decoding: exchange.request.prefix { $0 != 0x0D }, as: UTF8.self)
            switch line {
            case "GET /rootDesc.xml HTTP/1.1": return .text("HTTP/1.1 301 x\r\nLocation: /one\r\n\r\n")
            case "GET /one HTTP/1.1": return .text("HTTP/1.1 307 x\r\nlocation: http://203.0.113.9:5000/two\r\n\r\n")
            case "GET /two HTTP/1.1":
                model.descriptions = ["/two"]
                return model.serve(exchange)
            default: return model.serve(exchange)
            }
        }
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping != nil)
        #expect(router.exchanges.allSatisfy { $0.destination.address == ScriptedRouter.address })
    }

    @Test("a router that knows HTTP/1.0 only is asked so")
    func oldVersion() {
        let model = GatewayModel()
        var router = ScriptedRouter(model)
        router.serve = { exchange in
            let line = String(decoding: exchange.request.prefix { $0 != 0x0D }, as: UTF8.self)
            return line.hasSuffix("HTTP/1.1") ? .text("HTTP/1.0 505 x\r\n\r\n") : model.serve(exchange)
        }
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping != nil)
    }

    @Test("a service at the root, though its reference has no slash, is found")
    func references() {
        let model = GatewayModel([Service(control: "/ctl")])
        model.descriptions = ["/dir/root.xml"]
        model.locations = ["http://192.168.1.1:5000/dir/root.xml"]
        model.document = """
            <service><serviceType>\(Self.ip)</serviceType><controlURL>ctl</controlURL></service>
            """
        #expect(run(model).mapping != nil)
    }

    // MARK: Conflicts

    private func record(_ client: IPv4Address, port: UInt16 = 40_000) -> MappingRecord? {
        let location = HTTPLocation(host: UDPEndpoint(ScriptedRouter.address, 5000), path: "/ctl")
        return GatewayService(type: Self.ip, control: location).map {
            MappingRecord(
                mappingProtocol: .upnp,
                gateway: ScriptedRouter.address,
                client: client,
                internalPort: port,
                externalPort: port,
                service: $0
            )
        }
    }

    @Test("a port that another host has stays with it, and another port is advised", arguments: [718, 729, 501, 402])
    func foreignConflict(code: Int) {
        let model = GatewayModel([Service(addError: code)])
        model.table[40_000] = "192.168.1.66"
        let router = run(model)
        #expect(router.events == [.unmapped(.portTaken(40_000, by: IPv4Address(192, 168, 1, 66))), .portTaken])
        #expect(model.table[40_000] == "192.168.1.66")
    }

    @Test("an own old mapping, of the address before, is deleted when it is in the way, if the router lets us")
    func ownConflict() throws {
        let former = IPv4Address(192, 168, 1, 4)
        for inspectError in [nil, 401] {
            let model = GatewayModel([Service(inspectError: inspectError)])
            model.table[40_000] = "\(former)"
            var router = ScriptedRouter(model, inherited: [try #require(record(former))])
            router.start()
            router.advance(.seconds(6))
            #expect(router.mapping != nil && model.table[40_000] == "192.168.1.5")
            #expect(router.mapper.records.count == 1, "the mapping in force")
        }
        let model = GatewayModel([Service(deleteError: 606)])
        model.table[40_000] = "\(former)"
        var router = ScriptedRouter(model, inherited: [try #require(record(former))])
        router.start()
        router.advance(.seconds(6))
        #expect(router.events == [.unmapped(.portTaken(40_000, by: former)), .portTaken])
    }

    @Test("the old mapping of a killed run is deleted, but not when somebody else has the port meanwhile")
    func leftovers() throws {
        let model = GatewayModel()
        model.table = [41_000: "192.168.1.5", 42_000: "192.168.1.66"]
        var router = ScriptedRouter(
            model,
            inherited: [41_000, 42_000, 43_000].compactMap { record(ScriptedRouter.client, port: $0) }
        )
        #expect(router.mapper.records.count == 3)
        router.start()
        router.advance(.seconds(6))
        #expect(model.table == [40_000: "192.168.1.5", 42_000: "192.168.1.66"])
        #expect(router.mapper.records.map(\.externalPort) == [40_000])
    }

    @Test("a router that restarted with its services elsewhere is searched for again at the renewal")
    func movedService() {
        let model = GatewayModel()
        var router = run(model)
        model.services[0].control = "/new"
        model.table = [:]
        router.advance(.seconds(605))
        #expect(router.mapping != nil && model.table[40_000] != nil && router.events.count == 2)
        #expect(model.actions.last == "/new AddPortMapping 40000 7200")
    }
}
