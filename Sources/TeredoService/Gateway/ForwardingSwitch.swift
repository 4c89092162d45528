import Logging
import TeredoHost
import TeredoLinux
import TeredoWire

/// Has the kernel forward IPv6 packets as long as it is there; where it did so before, nothing is changed.
final class ForwardingSwitch {
    private var isOurs: Bool
    private let changes: any HostChanging
    private let logger: Logger

    /// Has `changes` switch forwarding on; throws where that is not possible.
    init(_ changes: any HostChanging, logger: Logger) throws(ServiceError) {
        self.changes = changes
        self.logger = logger
        isOurs = KernelSetting.forwardsIPv6 == false
        guard isOurs else { return }
        let listeners = KernelSetting.advertisementListeners
        do { try changes.perform(.setForwarding(true)) } catch {
            isOurs = false
            throw ServiceError(
                "--masquerade: cannot switch IPv6 forwarding on: /proc/sys may not be written here",
                remedy: "switch it on where it can be, and start again: sysctl -w net.ipv6.conf.all.forwarding=1"
            )
        }
        logger.notice("IPv6 forwarding is on until the gateway ends")
        let addresses = (try? Netlink.ipv6Addresses()) ?? []
        for name in listeners
        where addresses.contains(where: { $0.interfaceName == name && $0.address.isGlobalScope }) {
            logger.warning(
                """
                \(name) ignores router advertisements meanwhile; if it has its address or default route from them: \
                sysctl -w net.ipv6.conf.\(name).accept_ra=2
                """
            )
        }
    }

    /// Switches forwarding off, if it was off before and nobody did so meanwhile.
    func restore() {
        guard isOurs else { return }
        isOurs = false
        do { try changes.perform(.setForwarding(false)) } catch {
            logger.warning("IPv6 forwarding is still on: sysctl -w net.ipv6.conf.all.forwarding=0 switches it off")
        }
    }

    deinit { restore() }
}
