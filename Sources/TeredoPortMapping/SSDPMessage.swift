import TeredoWire

/// The search for an Internet gateway (UPnP Device Architecture section 1.3).
enum SSDPMessage {
    static let group = UDPEndpoint(IPv4Address(239, 255, 255, 250), 1900)
    static let targets = [
        "urn:schemas-upnp-org:device:InternetGatewayDevice:1", "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    ]

    static func search(for target: String) -> [UInt8] {
        let lines = [
            "M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", "MAN: \"ssdp:discover\"", "MX: 1", "ST: \(target)",
            "", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// Where the description of the device is, out of an answer that came from `source`: a third party is never asked.
    static func location(in bytes: Span<UInt8>, from source: IPv4Address) -> HTTPLocation? {
        guard bytes.count <= 4096 else { return nil }
        let text = String(decoding: bytes.copyAll(), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        guard let status = lines.first, status.hasPrefix("HTTP/1."),
            status.split(separator: " ").dropFirst().first == "200"
        else { return nil }
        for line in lines.dropFirst() where line.lowercased().hasPrefix("location:") {
            let url = line.dropFirst("location:".count).drop { $0 == " " }
            guard let location = HTTPLocation(url: url), location.host.address == source else { return nil }
            return location
        }
        return nil
    }
}
