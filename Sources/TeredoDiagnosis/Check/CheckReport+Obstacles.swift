import TeredoControl
import TeredoLinux
import TeredoWire

/// What keeps the server's answers away, and what this host lacks.
extension CheckReport {
    /// Why nothing comes back from `server`, as far as single datagrams told.
    func obstacle(_ server: IPv4Address) -> CheckProblem {
        let path = path ?? PathFindings()
        switch (path.toServerPort, path.toOtherPort) {
        case (.notLetOut, _):
            return CheckProblem(
                name: .outboundBlocked,
                description: "A firewall on this host lets nothing out to UDP port 3544 of \(server).",
                remedy: "Let it pass; 'sudo nft list ruleset' shows the rules of the output chain."
            )
        case (_, _) where path.droppedHere > 0:
            return CheckProblem(
                name: .inboundDropped,
                description:
                    "Packets reach this host and are dropped there (\(path.droppedHere) during the check): its"
                    + " firewall does not let the server's answers in.",
                remedy:
                    "Accept answers ('ct state established accept' in the input chain), or UDP from port 3544;"
                    + " 'sudo nft list ruleset' shows the rules."
            )
        case (.rejected(let router), _):
            return CheckProblem(
                name: .portBlocked,
                description: "\(router) says that datagrams to UDP port 3544 of \(server) may not pass.",
                remedy: "Have it let UDP port 3544 out, or use another network: another server will not help."
            )
        case (.unreachable(let router), _):
            return CheckProblem(
                name: .serverSilent,
                description: "\(router) says that there is no route to \(server), or no such host.",
                remedy: "Check the address and use another server: this one is switched off, or gone."
            )
        case (.refused, _):
            return CheckProblem(
                name: .noServer,
                description:
                    "The server's port is closed: \(server) answered \"port unreachable\". Nothing listens on its UDP port 3544,"
                    + " so it is not a Teredo server.",
                remedy: "Use another server, or start one there: teredo server --address \(server)."
            )
        case (_, .refused):
            return CheckProblem(
                name: .portBlocked,
                description: "\(server) is there and hears UDP, but nothing comes back from its port 3544.",
                remedy:
                    "A firewall, here or there, stops UDP port 3544: let it out, and its answers in. A server that"
                    + " needs a secret is silent without it (--secret-file)."
            )
        default:
            return CheckProblem(
                name: .serverSilent,
                description: "Nothing comes back from \(server), neither from UDP port 3544 nor from any other.",
                remedy:
                    "Try another server. If all are silent, a firewall is in the way: let UDP to port 3544 out and its"
                    + " answers in. A server that needs a secret is silent without it (--secret-file)."
            )
        }
    }

    /// What this host lacks for any client.
    var blockingHostProblem: CheckProblem? {
        guard let host else { return nil }
        if !host.hasIPv6 {
            return CheckProblem(
                name: .ipv6Missing,
                description: "The kernel of this host has no IPv6.",
                remedy: "Remove 'ipv6.disable=1' from the kernel's command line, or load the module: modprobe ipv6."
            )
        }
        if host.withholdsIPv6 {
            return CheckProblem(
                name: .ipv6Disabled,
                description: "IPv6 is switched off for new interfaces here, and /proc/sys cannot be written.",
                remedy:
                    "Start the container with --sysctl net.ipv6.conf.all.disable_ipv6=0; elsewhere: sudo sysctl -w"
                    + " net.ipv6.conf.default.disable_ipv6=0."
            )
        }
        guard host.tun == .missing else { return nil }
        return CheckProblem(
            name: .tunMissing,
            description: "There is no /dev/net/tun: this host cannot make tunnel interfaces.",
            remedy: "Load the module (modprobe tun), or give the container the device (--device /dev/net/tun)."
        )
    }

    /// What else is wrong with this host.
    var hostProblems: [CheckProblem] {
        guard let host else { return [] }
        var problems: [CheckProblem] = []
        if host.hidesIPv6Addresses == true {
            problems.append(
                CheckProblem(
                    name: .aaaaSuppressed,
                    description: "The name service hides IPv6 addresses (AAAA records): programs find none by name.",
                    remedy:
                        "Remove 'no-aaaa' from /etc/resolv.conf or the AAAA filter of the router, or ask another"
                        + " name server."
                )
            )
        }
        if let fault = host.clockFault {
            let found =
                switch fault {
                case .behind: "it shows a time before this program was built, so certificates seem not yet valid"
                case .ahead: "it is decades ahead, so certificates seem expired"
                }
            problems.append(
                CheckProblem(
                    name: .clockWrong,
                    description: "The clock of this host is wrong: \(found).",
                    remedy: "Set it ('timedatectl set-ntp true'); until then Teredo works, but TLS over it does not."
                )
            )
        }
        if host.tun == .notPermitted || !host.mayConfigure {
            problems.append(
                CheckProblem(
                    name: .noPermission,
                    description: "This user may not make a client's interface.",
                    remedy:
                        "Run 'sudo teredo client', or allow it once: sudo setcap cap_net_admin+ep $(which teredo)."
                )
            )
        }
        return problems
    }
}
