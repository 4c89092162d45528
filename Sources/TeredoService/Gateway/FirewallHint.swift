import FoundationEssentials

/// What a firewall of the host must be told for a gateway, where one is seen to be on.
enum FirewallHint {
    /// Where ufw keeps whether it is on.
    static let settings = "/etc/ufw/ufw.conf"

    /// The commands for ufw; `nil` when its file does not say that it is on.
    ///
    /// It drops what nobody allowed, forwarded packets included; whether these commands were given already is not seen.
    static func ufw(ports: [UInt16], interface: String, path: String = settings) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            text.split(separator: "\n").contains(where: { $0.lowercased() == "enabled=yes" })
        else { return nil }
        let list = ports.map(String.init).joined(separator: ",")
        return """
            ufw is on; run once: ufw allow \(list)/udp; ufw route allow in on \(interface); \
            ufw route allow out on \(interface)
            """
    }
}
