import Logging
import TeredoHost
import TeredoLinux

// What more than one role has.
extension Setting {
    package static let interface = Setting(
        "interface",
        .text,
        "name",
        "The name of the TUN interface to make.",
        defaultValue: InterfaceName.standard,
        roles: .tunnels
    )
    package static let bind = Setting(
        "bind",
        .endpoint,
        "address:port",
        "IPv4 address and UDP port to bind; 0.0.0.0 means all addresses, port 0 a random one (default: 0.0.0.0:0).",
        example: "0.0.0.0:34567",
        roles: [.client, .hostRelay, .auto, .proxy]
    )
    package static let relayBind = Setting(
        bind.key,
        bind.kind,
        bind.valueName,
        bind.meaning,
        isRequired: true,
        example: "198.51.100.1:3545",
        roles: [.relay]
    )
    package static let disableOffload = Setting(
        "disable-offload",
        .choice(["all"] + Offload.allCases.map(\.rawValue)),
        "name",
        "Do without one way of moving many packets at once, for kernels that get it wrong; may be repeated: all, "
            + Offload.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        isList: true,
        example: "uso",
        roles: .tunnels,
        change: .withRole
    )
    package static let workers = Setting(
        "workers",
        WorkerCount.range,
        WorkerCount.standard,
        "count",
        "Threads that move packets; flows are divided among them by their addresses.",
        roles: .tunnels,
        change: .withRole
    )
    package static let dataPath = Setting(
        "datapath",
        .choice(DataPathChoice.allCases.map(\.rawValue)),
        "name",
        "What moves the packets of trusted peers: userspace (this program) or ebpf (the kernel; needs CAP_BPF, "
            + "CAP_NET_ADMIN and Linux 6.6).",
        defaultValue: DataPathChoice.userspace.rawValue,
        roles: .tunnels
    )
    package static let hook = Setting(
        "hook",
        .text,
        "path",
        "A program to run when the address comes or goes, with the environment variables of Miredo's client-hook "
            + "(docs/operating.md).",
        example: "/etc/teredo/hook",
        roles: .tunnels
    )
    package static let peerOctets = Setting(
        "peer-octets",
        isOn: true,
        "Count the octets of each peer for 'teredo peers'.",
        roles: [.client, .hostRelay, .auto, .proxy],
        change: .atOnce
    )
    package static let internalPrefix = Setting(
        "internal-prefix",
        .ipv4Prefix,
        "prefix",
        "A private IPv4 prefix that counts as global here, for a network with servers, relays and clients of its own; may "
            + "be repeated (default: none; docs/gateway.md).",
        isList: true,
        example: "10.0.0.0/8",
        roles: .every,
        change: .withRole
    )
    package static let publicAddress = Setting(
        "public-address",
        .ipv4Address,
        "address",
        "The public IPv4 address that a 1:1 NAT has for this host's, as in most clouds; give it twice, in the same order, "
            + "for two addresses (docs/gateway.md).",
        isList: true,
        example: "192.0.2.1",
        roles: [.server, .relay, .gateway]
    )
    package static let denySource = Setting(
        "deny-source",
        .sourcePrefix,
        "prefix",
        "A prefix whose hosts get nothing: IPv4 addresses that datagrams come from, or native IPv6 addresses; may be repeated "
            + "(default: none; docs/operator.md).",
        isList: true,
        example: "203.0.113.0/24",
        roles: .every,
        change: .atOnce
    )
    package static let controlSocket = Setting(
        "control-socket",
        .text,
        "path",
        "The control socket for 'teredo status' (default: /run/teredo/ROLE.sock).",
        example: "/run/teredo/other.sock",
        roles: .every
    )
    package static let controlGroup = Setting(
        "control-group",
        .text,
        "name",
        "The group whose members may use the control socket (default: root only).",
        example: "teredo",
        roles: .every
    )
    package static let user = Setting(
        "user",
        .text,
        "name",
        "The unprivileged user to become once everything is set up; 'root' stays root (default: 'teredo' when root starts the role, "
            + "if there is such a user that may use the files of the role; else stay the same user).",
        example: "teredo",
        roles: .every
    )
    package static let confinement = Setting(
        "confinement",
        isOn: true,
        "Confine the role to the files and system calls that it needs once it is set up (docs/privileges.md); switch it off to find "
            + "out whether a fault comes from that.",
        roles: .every
    )
    package static let logLevel = Setting(
        "log-level",
        .choice(Logger.Level.allCases.map(\.rawValue)),
        "level",
        "The lowest level that is logged: trace, debug, info, notice, warning, error or critical "
            + "(default: info).",
        defaultValue: Logger.Level.info.rawValue,
        roles: .every,
        change: .atOnce
    )
    package static let logFormat = Setting(
        "log-format",
        .choice(LogFormat.allCases.map(\.rawValue)),
        "format",
        "How the log is written: text (for people; in the journal of systemd with its fields), logfmt (key=value) or json (an object "
            + "a line).",
        defaultValue: LogFormat.text.rawValue,
        roles: .every,
        change: .atOnce
    )
    package static let maskAddresses = Setting(
        "mask-addresses",
        isOn: false,
        "Mask addresses in the log: one address always by the same mask while the role runs (docs/operating.md).",
        roles: .every,
        change: .atOnce
    )

    /// What the log is like, which every role takes over at once.
    package static let logging: Set<Setting> = [.logLevel, .logFormat, .maskAddresses]
}
