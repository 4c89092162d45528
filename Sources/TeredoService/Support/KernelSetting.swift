import FoundationEssentials
import TeredoLinux

/// The settings of the kernel below `/proc/sys` that matter to a role.
enum KernelSetting {
    /// Whether the kernel forwards IPv6 packets; `nil` when it does not say.
    static var forwardsIPv6: Bool? { read("net/ipv6/conf/all/forwarding").map { $0 != "0" } }

    /// Whether the kernel has IPv6 at all.
    static var hasIPv6: Bool { read("net/ipv6/conf/all/forwarding") != nil }

    /// Lets one interface have IPv6 addresses although the host disables IPv6 on new interfaces.
    static func enableIPv6(onInterface name: String) {
        let setting = "net/ipv6/conf/\(name)/disable_ipv6"
        guard read(setting) == "1" else { return }
        // Without the right to write, adding the address fails next, and says what to do.
        try? "0".write(toFile: "/proc/sys/\(setting)", atomically: false, encoding: .utf8)
    }

    private static func read(_ name: String) -> String? {
        guard let file = try? PrivateFile(path: "/proc/sys/\(name)", limit: 256) else { return nil }
        return String(decoding: file.contents.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
