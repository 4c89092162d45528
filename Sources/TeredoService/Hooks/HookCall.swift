package import TeredoLinux
package import TeredoWire

/// One call of a hook: what happened to the interface, in the environment variables of Miredo's client-hook.
package struct HookCall: Hashable, Sendable {
    /// What happened.
    package let event: Event
    /// The interface.
    package let interface: NetworkInterface
    /// What the interface has from now on; `nil` when it is down.
    package let current: Configuration?
    /// What it had before; `nil` when it was down.
    package let previous: Configuration?

    /// What the interface has while it is up.
    package struct Configuration: Hashable, Sendable {
        /// The address of a client; `nil` at a relay, which has none there.
        package let address: IPv6Address?
        /// The MTU in octets.
        package let mtu: Int

        /// Makes a value.
        package init(address: IPv6Address?, mtu: Int) {
            self.address = address
            self.mtu = mtu
        }
    }

    /// What happened, in Miredo's words.
    package enum Event: String, Hashable, Sendable {
        /// The interface got its address.
        case up
        /// The address is gone.
        case down
        /// The role ends.
        case destroy
    }

    /// Describes a call.
    package init(_ event: Event, _ interface: NetworkInterface, current: Configuration?, previous: Configuration?) {
        self.event = event
        self.interface = interface
        self.current = current
        self.previous = previous
    }

    /// The whole environment of the hook: nothing is inherited, and what does not exist is not set, as with Miredo.
    package var environment: [String] {
        [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "STATE=\(event.rawValue)",
            "IFACE=\(interface.name)", "IFINDEX=\(interface.index)",
            "OLD_STATE=\((previous == nil ? Event.down : .up).rawValue)",
        ] + Self.variables(of: current, prefix: "") + Self.variables(of: previous, prefix: "OLD_")
    }

    private static func variables(of configuration: Configuration?, prefix: String) -> [String] {
        guard let configuration else { return [] }
        let address = configuration.address.map {
            ["\(prefix)ADDRESS=\($0)", "\(prefix)LLADDRESS=\(linkLocalAddress)"]
        }
        return (address ?? []) + ["\(prefix)MTU=\(configuration.mtu)"]
    }

    // That of a client behind a restricted NAT (RFC 4380 section 5.2.1), which Miredo's hook gives the interface.
    private static let linkLocalAddress = "fe80::ffff:ffff:ffff"
}
