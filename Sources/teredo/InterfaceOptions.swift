import ArgumentParser
import TeredoLinux
import TeredoService
import TeredoWire

/// The options of the roles that have a TUN interface and one service port.
struct InterfaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The name of the TUN interface to make.", valueName: "name"))
    var interface = "teredo"

    @Option(
        help: ArgumentHelp(
            "IPv4 address and UDP port to bind; 0.0.0.0 means all addresses, port 0 a random one "
                + "(default: 0.0.0.0:0).",
            valueName: "address:port"
        ),
        transform: OptionValue.endpoint
    )
    var bind: UDPEndpoint?

    @Option(
        name: .customLong("disable-offload"),
        help: ArgumentHelp(
            "Do without a way to move many packets at once, for kernels that do it wrong; may be repeated: all, "
                + Offload.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "name"
        ),
        transform: OptionValue.offloads
    )
    var disabledOffloads: [Set<Offload>] = []

    @Option(
        help: ArgumentHelp(
            "Threads that move packets, 1 to 64; flows are divided among them by their addresses.",
            valueName: "count"
        )
    )
    var workers = 1

    @Option(
        name: .customLong("datapath"),
        help: ArgumentHelp(
            "What moves the packets of trusted peers: userspace (this program) or ebpf (the kernel; needs CAP_BPF, "
                + "CAP_NET_ADMIN and Linux 6.6).",
            valueName: "name"
        )
    )
    var dataPath = DataPathChoice.userspace

    /// The offloads that may be used.
    var offloads: Set<Offload> { disabledOffloads.reduce(Offload.all) { $0.subtracting($1) } }
}

extension DataPathChoice: ExpressibleByArgument {}
