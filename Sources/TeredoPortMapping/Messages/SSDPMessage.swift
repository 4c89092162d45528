import TeredoWire

/// The search for a gateway (UPnP Device Architecture section 1.3).
enum SSDPMessage {
    /// Where devices listen for searches.
    static let group = UDPEndpoint(IPv4Address(239, 255, 255, 250), 1900)

    /// What is searched for.
    ///
    /// Some routers answer for the device only, some for the service only, some for nothing but root devices.
    static let targets = [
        "urn:schemas-upnp-org:device:InternetGatewayDevice:1", "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
        "urn:schemas-upnp-org:service:WANIPConnection:1", "urn:schemas-upnp-org:service:WANIPConnection:2",
        "urn:schemas-upnp-org:service:WANPPPConnection:1", "upnp:rootdevice",
    ]

    /// The longest answer that is read, in octets.
    private static let limit = 4096

    /// A search for one target.
    static func search(for target: String) -> [UInt8] {
        let lines = [
            "M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", "MAN: \"ssdp:discover\"", "MX: 1", "ST: \(target)",
            "", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// The reference to the description of a device in an answer; `nil` when it is none.
    static func location(in bytes: Span<UInt8>) -> String? {
        guard bytes.count <= limit, let head = HTTPHead(bytes.copyAll()), head.status == 200 else { return nil }
        return head.value(of: "location")?.text
    }
}
