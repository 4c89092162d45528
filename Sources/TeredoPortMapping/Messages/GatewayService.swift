/// The service of a router that maps ports: where it is controlled and what it is called (UPnP IGD, WANIPConnection and
/// WANPPPConnection).
struct GatewayService: Hashable, Sendable {
    /// The type with its version, as the router writes it: it must come back so in every request.
    let type: String
    /// Where requests go.
    let control: HTTPLocation

    /// The types that map ports, without version: later versions do what earlier ones did.
    static let types = [
        "urn:schemas-upnp-org:service:WANIPConnection:", "urn:schemas-upnp-org:service:WANPPPConnection:",
    ]

    /// The service at `control`; `nil` when its type is another one.
    init?(type: String, control: HTTPLocation) {
        let octets = Array(type.utf8)[...]
        let prefix = Self.types.first { octets.begins(with: $0) }
        guard let prefix, octets.count <= prefix.utf8.count + 2,
            octets.dropFirst(prefix.utf8.count).leadingNumber() != nil,
            octets.dropFirst(prefix.utf8.count).allSatisfy({ $0.digit != nil })
        else { return nil }
        self.type = type
        self.control = control
    }

    /// The HTTP request for an action.
    func request(_ action: GatewayAction) -> HTTPRequest {
        let body =
            "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            + "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:\(action.name) "
            + "xmlns:u=\"\(type)\">\(action.arguments)</u:\(action.name)></s:Body></s:Envelope>\r\n"
        return .post(control, action: "\(type)#\(action.name)", body: body)
    }
}
