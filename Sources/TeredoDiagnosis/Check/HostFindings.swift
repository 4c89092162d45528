import Synchronization
import TeredoHost
package import TeredoLinux

/// What this host brings along for a client, found out without changing anything.
package struct HostFindings: Hashable, Sendable {
    /// Whether TUN interfaces can be made.
    package var tun = TUNDevice.Availability.available
    /// Whether this process may set an interface up.
    package var mayConfigure = true
    /// Whether the kernel has IPv6.
    package var hasIPv6 = true
    /// Whether new interfaces have no IPv6, and nobody here can give it to them.
    package var withholdsIPv6 = false
    /// The clock on the wall.
    package var clock = Self.release
    /// When the file of this program was last written; `nil` when that is not known.
    package var programDate: WallTime?
    /// Whether the name service hides IPv6 addresses; `nil` when that is not known.
    package var hidesIPv6Addresses: Bool?

    /// A host with nothing in the way.
    package init() {}

    /// This host.
    static var current: Self {
        var findings = Self()
        findings.tun = TUNDevice.availability
        findings.mayConfigure = Capability.netAdmin.isEffective
        findings.hasIPv6 = KernelSetting.hasIPv6
        findings.withholdsIPv6 = KernelSetting.withholdsIPv6
        findings.clock = WallClock.now
        findings.programDate = WallClock.programDate
        return findings
    }

    /// How a clock can be wrong.
    package enum ClockFault: Hashable, Sendable {
        /// It shows a time before this program was made.
        case behind
        /// It shows a time decades after that.
        case ahead
    }

    /// What is wrong with the clock for certain; `nil` for a time at which this program can run.
    package var clockFault: ClockFault? {
        // Files can bear the local time of another time zone.
        let earliest = max(Self.release, (programDate ?? Self.release) - .seconds(86_400))
        if clock < earliest { return .behind }
        return clock < Self.release + .seconds(30 * 365 * 86_400) ? nil : .ahead
    }

    /// 2025-01-01 00:00 UTC.
    package static let release = WallTime(sinceEpoch: .seconds(1_735_689_600))
}

/// Asks the name service for addresses that exist for certain, on a thread of its own: it may take its time.
final class NameServiceInquiry: Sendable {
    private let result = Mutex<Bool?>(nil)

    /// Begins; `nil` when there is no thread to be had.
    init?() {
        let started = try? WorkerThread(name: "names") { [self] in
            let answer = Self.ask()
            result.withLock { $0 = answer }
        }
        guard started != nil else { return nil }
    }

    /// Whether IPv6 addresses are hidden; `nil` while that is not known.
    var hidesIPv6Addresses: Bool? { result.withLock { $0 } }

    private static func ask() -> Bool? {
        guard let addresses = try? NameResolver.addresses(of: name), !addresses.isEmpty else { return nil }
        do {
            return try !NameResolver.hasIPv6Address(name)
        } catch {
            return nil
        }
    }

    /// A root name server of the DNS: it has had both kinds of address since 2008.
    private static let name = "k.root-servers.net"
}
