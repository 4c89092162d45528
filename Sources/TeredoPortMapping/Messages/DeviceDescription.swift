import TeredoWire

/// The description of a device, as far as it is about mapping ports (UPnP Device Architecture section 2.3).
struct DeviceDescription {
    /// The services that map ports, the likelier ones first.
    let services: [GatewayService]

    /// The most services that are looked at.
    private static let serviceLimit = 16

    /// Reads the description that was fetched from `location`.
    init(_ document: [UInt8], at location: HTTPLocation) {
        var found: [(type: String, control: String)] = []
        var base = ""
        var scanner = XMLScanner(document)
        var service: (type: String, control: String)?
        var current: (name: String, text: XMLText)?
        while let token = scanner.next(), found.count < Self.serviceLimit {
            switch token {
            case .open(let name, let isEmpty):
                if isEmpty { continue }
                if scanner.isName(name, "service") { service = ("", "") }
                if let known = Self.texts.first(where: { scanner.isName(name, $0) }) { current = (known, XMLText()) }
            case .text(let range, let isLiteral):
                current?.text.append(scanner.octets[range], isLiteral: isLiteral)
            case .close(let name):
                if let (known, text) = current, scanner.isName(name, known) {
                    switch known {
                    case "serviceType": service?.type = text.value
                    case "controlURL": service?.control = text.value
                    default: base = text.value
                    }
                    current = nil
                } else if scanner.isName(name, "service"), let known = service {
                    found.append(known)
                    service = nil
                }
            }
        }
        // An empty base is as good as none.
        let root = HTTPLocation(url: base, gateway: location.host.address) ?? location
        services = Self.services(found, at: root)
    }

    /// A reference without a slash in front means one place by the rules, and another to many routers: both are tried.
    private static func services(
        _ found: [(type: String, control: String)],
        at root: HTTPLocation
    ) -> [GatewayService] {
        var services: [GatewayService] = []
        for resolve in [HTTPLocation.resolve, HTTPLocation.resolveFromRoot] {
            for (type, control) in found {
                let service = resolve(root)(control).flatMap { GatewayService(type: type, control: $0) }
                if let service, !services.contains(service) { services.append(service) }
            }
        }
        return services
    }

    private static let texts = ["serviceType", "controlURL", "URLBase"]
}
