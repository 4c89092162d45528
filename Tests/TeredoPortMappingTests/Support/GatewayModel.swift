import TeredoWire

@testable import TeredoPortMapping

/// A router's UPnP services, with a table of mappings and the oddities that a test gives it.
final class GatewayModel {
    struct Service {
        var type = "urn:schemas-upnp-org:service:WANIPConnection:1"
        var control = "/ctl"
        var external = "198.51.100.7"
        /// The error for every AddPortMapping.
        var addError: Int?
        /// The error for AddPortMapping with a lease.
        var leaseError: Int?
        /// The error for AddPortMapping without one.
        var permanentError: Int?
        /// The error for GetSpecificPortMappingEntry.
        var inspectError: Int?
        var deleteError: Int?
        /// How long each answer takes; `nil` for never.
        var delay: Duration? = .zero
    }

    var services: [Service]
    /// Who has which port.
    var table: [UInt16: String] = [:]
    /// The actions that were called: path of the service, name, port, lease.
    var actions: [String] = []
    /// The paths that descriptions are at.
    var descriptions = ["/rootDesc.xml"]
    /// What is searched for and answered.
    var targets: Set<String>?
    /// Where an answer to a search comes from, and what it points to.
    var source = ScriptedRouter.address
    var locations = ["http://192.168.1.1:5000/rootDesc.xml"]
    /// The whole description, when it is not made from the services.
    var document: String?
    var base = ""

    init(_ services: [Service] = [Service()]) { self.services = services }

    func search(_ transmit: RouterDatagram) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination.port == 1900 else { return [] }
        let text = String(decoding: transmit.bytes, as: UTF8.self)
        if let targets, !targets.contains(where: { text.contains("ST: \($0)\r\n") }) { return [] }
        return locations.map { location in
            let answer = "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nLocation: \(location)\r\nST: x\r\n\r\n"
            return (Array(answer.utf8), UDPEndpoint(source, 1900))
        }
    }

    func serve(_ exchange: RouterExchange) -> ScriptedRouter.Reply {
        let request = String(decoding: exchange.request, as: UTF8.self)
        let words = request.prefix { $0 != "\r\n" }.split(separator: " ")
        let path = String(words[1])
        if words[0] == "GET" {
            guard descriptions.contains(path) else { return .text("HTTP/1.1 404 Not Found\r\n\r\n") }
            return .text("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + (document ?? description))
        }
        guard let service = services.first(where: { $0.control == path }) else {
            return .text("HTTP/1.1 404 Not Found\r\n\r\n")
        }
        guard let delay = service.delay else {
            _ = call(service, request)
            return .never
        }
        return .text(call(service, request), after: delay)
    }

    private var description: String {
        let list = services.map {
            "<service><serviceType>\($0.type)</serviceType><controlURL>\($0.control)</controlURL></service>"
        }
        return "<?xml version=\"1.0\"?><root>\(base)<device><serviceList>\(list.joined())</serviceList></device></root>"
    }

    private func call(_ service: Service, _ request: String) -> String {
        let action = request.split(separator: "#").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let port = Self.field("NewExternalPort", request).flatMap { UInt16($0) } ?? 0
        let lease = Self.field("NewLeaseDuration", request)
        actions.append(
            "\(service.control) \(action)" + (port == 0 ? "" : " \(port)") + (lease.map { " \($0)" } ?? "")
        )
        switch action {
        case "AddPortMapping":
            let client = Self.field("NewInternalClient", request) ?? ""
            if let error = service.addError ?? (lease == "0" ? service.permanentError : service.leaseError) {
                return Self.fault(error)
            }
            if let owner = table[port], owner != client { return Self.fault(718) }
            table[port] = client
            return Self.done("")
        case "GetExternalIPAddress":
            return Self.done("<NewExternalIPAddress>\(service.external)</NewExternalIPAddress>")
        case "GetSpecificPortMappingEntry":
            if let error = service.inspectError { return Self.fault(error) }
            guard let owner = table[port] else { return Self.fault(714) }
            return Self.done(
                "<NewInternalPort>\(port)</NewInternalPort><NewInternalClient>\(owner)</NewInternalClient>"
            )
        case "DeletePortMapping":
            if let error = service.deleteError { return Self.fault(error) }
            return table.removeValue(forKey: port) == nil ? Self.fault(714) : Self.done("")
        default: return Self.fault(401)
        }
    }

    static func field(_ name: String, _ text: String) -> String? {
        XMLElements.texts([name], in: Array(text.utf8))[0]
    }

    static func done(_ arguments: String) -> String {
        "HTTP/1.1 200 OK\r\n\r\n<s:Envelope><s:Body><u:R xmlns:u=\"x\">\(arguments)</u:R></s:Body></s:Envelope>"
    }

    static func fault(_ code: Int) -> String {
        "HTTP/1.1 500 Internal Server Error\r\n\r\n<s:Fault><errorCode>\n\(code)\n</errorCode></s:Fault>"
    }
}
