public import TeredoWire

/// What is needed to remove a mapping that a process which was killed left at a router.
public struct MappingRecord: Hashable, Sendable {
    /// The protocol that it was made with.
    public let mappingProtocol: MappingProtocol
    /// The router.
    public let gateway: IPv4Address
    /// The host's address towards the router.
    public let client: IPv4Address
    /// The UDP port of this host, 1 to 65535.
    public let internalPort: UInt16
    /// The UDP port of the router outside, 1 to 65535.
    public let externalPort: UInt16
    /// Whether the router keeps it for ever.
    public let isPermanent: Bool
    /// The nonce of PCP, without which nothing changes it (RFC 6887 section 11.3); zeros for other protocols.
    let nonce: PCPNonce
    /// The service of UPnP.
    let service: GatewayService?

    init(
        mappingProtocol: MappingProtocol,
        gateway: IPv4Address,
        client: IPv4Address,
        internalPort: UInt16,
        externalPort: UInt16,
        isPermanent: Bool = false,
        nonce: PCPNonce = PCPNonce(),
        service: GatewayService? = nil
    ) {
        self.mappingProtocol = mappingProtocol
        self.gateway = gateway
        self.client = client
        self.internalPort = internalPort
        self.externalPort = externalPort
        self.isPermanent = isPermanent
        self.nonce = nonce
        self.service = service
    }

    /// One line without its end, words with a blank between them; the nonce of PCP in it is a secret.
    public var line: String {
        var words = [
            mappingProtocol.rawValue, "\(gateway)", "\(client)", "\(internalPort)", "\(externalPort)",
            isPermanent ? "permanent" : "timed", nonce.text,
        ]
        if let service { words += ["\(service.control.host.port)", service.control.path, service.type] }
        return words.joined(separator: " ")
    }

    /// Reads such a line of at most 2048 octets; `nil` for anything else.
    public init?(line: String) {
        guard line.utf8.count <= Self.lineLimit else { return nil }
        let words = line.utf8.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 7 || words.count == 10, let mappingProtocol = MappingProtocol(rawValue: words[0]),
            let gateway = IPv4Address(words[1]), let client = IPv4Address(words[2]),
            let internalPort = UInt16(words[3]), let externalPort = UInt16(words[4]), internalPort != 0,
            externalPort != 0, ["permanent", "timed"].contains(words[5]), let nonce = PCPNonce(words[6]),
            (mappingProtocol == .upnp) == (words.count == 10)
        else { return nil }
        var service: GatewayService?
        if mappingProtocol == .upnp {
            let location = HTTPLocation(url: "http://\(gateway):\(words[7])\(words[8])", gateway: gateway)
            guard let location, let known = GatewayService(type: words[9], control: location) else { return nil }
            service = known
        }
        self.init(
            mappingProtocol: mappingProtocol,
            gateway: gateway,
            client: client,
            internalPort: internalPort,
            externalPort: externalPort,
            isPermanent: words[5] == "permanent",
            nonce: nonce,
            service: service
        )
    }

    private static let lineLimit = 2048
}
