import TeredoControl

/// The pages about this host.
extension RemedyBook {
    static func host(_ name: CheckProblem.Name) -> Entry {
        switch name {
        case .ipv6Missing:
            (
                """
                The kernel of this host has no IPv6. A Teredo address needs an interface with IPv6.
                """,
                [
                    "Look for `ipv6.disable=1` in `/proc/cmdline`, remove it in the boot loader and restart.",
                    "If IPv6 is a module: `sudo modprobe ipv6`.",
                    "`net.ipv6.conf.all.disable_ipv6=1` is no obstacle where `/proc/sys` can be written: the client enables"
                        + " IPv6 on its own interface.",
                    "Solved when `cat /proc/sys/net/ipv6/conf/all/forwarding` prints a number.",
                ]
            )
        case .ipv6Disabled:
            (
                """
                IPv6 is switched off for new interfaces, and nobody here can switch it on. That is so in containers whose
                `/proc/sys` can only be read, which is how Docker and Podman make them.
                """,
                [
                    "Docker, Podman: `--sysctl net.ipv6.conf.all.disable_ipv6=0`; in a file of Compose below `sysctls:`.",
                    "Kubernetes: the same name below `securityContext.sysctls` of the pod, allowed by the kubelet.",
                    "Elsewhere: `sudo sysctl -w net.ipv6.conf.default.disable_ipv6=0`.",
                    "Solved when `cat /proc/sys/net/ipv6/conf/default/disable_ipv6` prints 0.",
                ]
            )
        case .interfaceChanged:
            (
                """
                Another program changed the interface of the running client. It was put back, and changed again, or this
                process may not put it back, so that packets of the host do not reach the tunnel.
                """,
                [
                    "`teredo status` tells what is wrong, and the log when it happened; `ip monitor` shows it happen.",
                    "NetworkManager, systemd-networkd and the like leave interfaces `teredo*` alone with the snippets that"
                        + " `scripts/install` installs.",
                    "IPv6 switched off: `sudo sysctl -w net.ipv6.conf.teredo.disable_ipv6=0`, and look into `/etc/sysctl.d`.",
                    "Solved when `teredo status` no longer says that another program changed the interface.",
                ]
            )
        case .tunMissing:
            (
                """
                There is no `/dev/net/tun`. A client needs that device to make its interface.
                """,
                [
                    "`sudo modprobe tun`; to keep it: `echo tun | sudo tee /etc/modules-load.d/tun.conf`.",
                    "In a container: `--device /dev/net/tun --cap-add NET_ADMIN`; on some virtual servers the provider has"
                        + " to enable TUN.",
                    "Or do without: `teredo proxy --server ADDRESS` needs no device, and programs reach IPv6 hosts by TCP"
                        + " through it.",
                    "Solved when `ls /dev/net/tun` lists it.",
                ]
            )
        case .aaaaSuppressed:
            (
                """
                The name service hides IPv6 addresses. It gives A records and no AAAA records, even for names that have
                both for certain, so programs never try IPv6.
                """,
                [
                    "`grep -E 'no-aaaa' /etc/resolv.conf`, and `echo $RES_OPTIONS`: remove the option.",
                    "Routers filter too (dnsmasq `filter-AAAA`, 'IPv6 off' in the router's menu): turn that off, or use"
                        + " another name server.",
                    "Some programs ask for AAAA only while the host has an IPv6 address: start the client first.",
                    "A name with both kinds of address is reached over IPv4 while there is only Teredo: RFC 6724"
                        + " rightly prefers it. Use `curl -6` or a name with only an IPv6 address to see Teredo work.",
                    "Solved when `getent ahostsv6 k.root-servers.net` prints an address that does not begin with `::ffff:`.",
                ]
            )
        case .clockWrong:
            (
                """
                The clock of this host is wrong. Teredo does not depend on it, but certificates look expired or not yet
                valid, and TLS over Teredo fails, which looks like a broken tunnel.
                """,
                [
                    "`timedatectl set-ntp true`, or `sudo date -s '2026-01-31 12:00'` by hand.",
                    "A machine that loses the time when it is switched off needs a new battery.",
                    "If the clock is right, the program's own file has a date in the future, which misleads the check:"
                        + " `sudo touch $(which teredo)`.",
                    "Solved when `date -u` shows the time.",
                ]
            )
        case .notQualified:
            (
                """
                The running client has no address. Its own reason is shown; the check found what it could of the network.
                """,
                [
                    "A client tries again by itself, within a minute; `teredo status` says when.",
                    "If the check shows another problem, solve that one first.",
                    "Is the client's server the one that was checked? `teredo status` names it.",
                    "Solved when `teredo status` says 'qualified'.",
                ]
            )
        case .noRelay:
            (
                """
                No relay to native IPv6 answers. The client is qualified, and none of the native hosts that it tried
                recently answered through a relay; other Teredo clients can still be reached.
                """,
                [
                    "Packets from native hosts go to the nearest relay, and most networks no longer have one.",
                    "A host that you run: `sudo teredo host-relay` on it makes it reachable for all Teredo clients.",
                    "A network that you run: `sudo teredo relay --bind ADDRESS:PORT`, and a route for 2001::/32 to it.",
                    "Solved when `teredo status` says in the row 'Native IPv6' that hosts answer.",
                ]
            )
        case .inboundOpen:
            (
                """
                Whatever this host listens on can be reached through the tunnel. It runs with `--inbound open`, and no other
                filter of this host looks at IPv6 packets.
                """,
                [
                    "Leave `--inbound open` out: answers and pings come in, and `--allow tcp/22` or `sudo teredo allow tcp/22`"
                        + " lets in what you name.",
                    "Or filter IPv6 on this host with its own firewall.",
                    "Solved when `teredo status` says 'filtered' in the row 'Inbound', or names another filter there.",
                ]
            )
        default:
            (
                """
                This user may not make a client's interface. The check itself needs no privileges; a client needs
                the capability CAP_NET_ADMIN.
                """,
                [
                    "`sudo teredo client --server ADDRESS`.",
                    "Or allow it for everybody, once: `sudo setcap cap_net_admin+ep $(which teredo)`; then run it as"
                        + " yourself with `--control-socket` at a path that you may write to.",
                    "Solved when the client starts.",
                ]
            )
        }
    }
}
