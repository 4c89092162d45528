import FoundationEssentials
import TeredoLinux

/// The settings of the kernel below `/proc/sys` that matter to a role.
package enum KernelSetting {
    /// Whether the kernel forwards IPv6 packets; `nil` when it does not say.
    package static var forwardsIPv6: Bool? { read("net/ipv6/conf/all/forwarding").map { $0 != "0" } }

    /// Whether the kernel has IPv6 at all.
    package static var hasIPv6: Bool { read("net/ipv6/conf/all/forwarding") != nil }

    /// Whether new interfaces have no IPv6 and nobody here can give it to them, as in containers of Docker without further
    /// options.
    package static var withholdsIPv6: Bool {
        let setting = "net/ipv6/conf/default/disable_ipv6"
        return read(setting) == "1" && MountedFile.isReadOnly("/proc/sys/\(setting)")
    }

    /// What to do where IPv6 is switched off on an interface and this process may not change that.
    package static func disabledIPv6Remedy(interface name: String) -> String {
        "in a container: start it with --sysctl net.ipv6.conf.all.disable_ipv6=0 (Docker, Podman); elsewhere: "
            + "sysctl -w net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.\(name).disable_ipv6=0"
    }

    /// Has the kernel forward IPv6 packets, or not; returns whether it does as it was told.
    package static func setForwardsIPv6(_ isOn: Bool) -> Bool {
        let setting = "/proc/sys/net/ipv6/conf/all/forwarding"
        try? (isOn ? "1" : "0").write(toFile: setting, atomically: false, encoding: .utf8)
        return forwardsIPv6 == isOn
    }

    /// The interfaces that take router advertisements only while the host does not forward.
    package static var advertisementListeners: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/sys/net/ipv6/conf")) ?? []
        return names.sorted().filter {
            !["all", "default", "lo"].contains($0) && read("net/ipv6/conf/\($0)/accept_ra") == "1"
        }
    }

    /// Lets one interface have IPv6 addresses although the host disables IPv6 on new interfaces.
    package static func enableIPv6(onInterface name: String) {
        let setting = "net/ipv6/conf/\(name)/disable_ipv6"
        guard read(setting) == "1" else { return }
        // Without the right to write, a look at the interface shows that nothing has changed.
        try? "0".write(toFile: "/proc/sys/\(setting)", atomically: false, encoding: .utf8)
    }

    /// Has the kernel take neither router advertisements nor redirects from an interface, and make no addresses of them: what the
    /// tunnel lets through by mistake is without effect (SEC-05).
    ///
    /// That is a second line: where `/proc/sys` cannot be written, as in many containers, the first one has to do.
    package static func ignoreNeighborDiscovery(onInterface name: String) {
        for setting in ["accept_ra", "accept_redirects", "autoconf"] {
            let setting = "net/ipv6/conf/\(name)/\(setting)"
            guard let value = read(setting), value != "0" else { continue }
            try? "0".write(toFile: "/proc/sys/\(setting)", atomically: false, encoding: .utf8)
        }
    }

    /// What to do where a process without privileges may not make namespaces, by the setting that forbids it.
    package static var userNamespaceRemedy: String {
        let forbidding: [(setting: String, forbids: String, allows: String)] = [
            ("user/max_user_namespaces", "0", "15000"),
            ("kernel/unprivileged_userns_clone", "0", "1"),
            ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ]
        guard let found = forbidding.first(where: { read($0.setting) == $0.forbids }) else {
            return "a container or a policy of this host forbids user namespaces; allow them, " + alternatives
        }
        let name = found.setting.split(separator: "/").joined(separator: ".")
        return "\(name) is \(found.forbids) here: sudo sysctl -w \(name)=\(found.allows), " + alternatives
    }

    private static let alternatives =
        "or use 'teredo proxy', which needs none, or 'sudo teredo client' for the whole host"

    private static func read(_ name: String) -> String? {
        guard let file = try? PrivateFile(path: "/proc/sys/\(name)", limit: 256) else { return nil }
        return String(decoding: file.contents.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
