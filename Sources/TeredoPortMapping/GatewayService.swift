import TeredoWire

/// The service of a router that maps ports: where it is controlled and what it is called (UPnP IGD, WANIPConnection and
/// WANPPPConnection).
struct GatewayService: Hashable, Sendable {
    let type: String
    let control: HTTPLocation

    private static let types = [
        "urn:schemas-upnp-org:service:WANIPConnection:2", "urn:schemas-upnp-org:service:WANIPConnection:1",
        "urn:schemas-upnp-org:service:WANPPPConnection:1",
    ]

    init(type: String, control: HTTPLocation) {
        self.type = type
        self.control = control
    }

    /// Finds the service in the description of a device that was fetched from `location`.
    init?(description: String, at location: HTTPLocation) {
        let base = XMLText.elements("URLBase", in: description).first.flatMap { location.resolve($0) } ?? location
        for type in Self.types {
            for service in XMLText.sections("service", in: description)
            where XMLText.elements("serviceType", in: service).first == type {
                guard let url = XMLText.elements("controlURL", in: service).first, let control = base.resolve(url)
                else {
                    continue
                }
                self.init(type: type, control: control)
                return
            }
        }
        return nil
    }

    /// The actions that are used.
    enum Action {
        case addMapping(external: UInt16, internalPort: UInt16, client: IPv4Address, lease: Int)
        case externalAddress
        case deleteMapping(external: UInt16)

        var name: String {
            switch self {
            case .addMapping: "AddPortMapping"
            case .externalAddress: "GetExternalIPAddress"
            case .deleteMapping: "DeletePortMapping"
            }
        }

        fileprivate var arguments: String {
            switch self {
            case .addMapping(let external, let internalPort, let client, let lease):
                "<NewRemoteHost></NewRemoteHost><NewExternalPort>\(external)</NewExternalPort>"
                    + "<NewProtocol>UDP</NewProtocol><NewInternalPort>\(internalPort)</NewInternalPort>"
                    + "<NewInternalClient>\(client)</NewInternalClient><NewEnabled>1</NewEnabled>"
                    + "<NewPortMappingDescription>TEREDO</NewPortMappingDescription>"
                    + "<NewLeaseDuration>\(lease)</NewLeaseDuration>"
            case .externalAddress: ""
            case .deleteMapping(let external):
                "<NewRemoteHost></NewRemoteHost><NewExternalPort>\(external)</NewExternalPort>"
                    + "<NewProtocol>UDP</NewProtocol>"
            }
        }
    }

    /// The HTTP request for an action.
    func request(_ action: Action) -> [UInt8] {
        let body =
            "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            + "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:\(action.name) "
            + "xmlns:u=\"\(type)\">\(action.arguments)</u:\(action.name)></s:Body></s:Envelope>\r\n"
        return HTTPMessage.post(control, action: "\(type)#\(action.name)", body: body)
    }

    /// The error code of an answer that is an error.
    static func errorCode(_ body: String) -> Int? { XMLText.elements("errorCode", in: body).first.flatMap { Int($0) } }

    /// The address in the answer to ``Action/externalAddress``.
    static func externalAddress(_ body: String) -> IPv4Address? {
        XMLText.elements("NewExternalIPAddress", in: body).first.flatMap { IPv4Address($0) }
    }
}
