import Glibc
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

/// What the program tells the kernel, judged by what `ip` shows, and the other way round.
@Suite struct NetlinkTests {
    private static let address = IPv6Address("2001:db8::1") ?? .unspecified

    private static func ip(_ arguments: String) throws -> String {
        guard ChildProcess.executable(named: "ip") != nil else { try Test.cancel("ip is not installed") }
        let output = try CommandOutput.run(["sh", "-ec", "ip \(arguments)"], limit: .seconds(10))
        try #require(output.isSuccess, "\(output.error)")
        return output.output
    }

    @Test("A rule leads packets from an address to a table with a default route of its own, and both can be taken back")
    func policyRouting() throws {
        let (during, after) = try NetworkSandbox.run { () -> ([String], [String]) in
            func shown() throws -> [String] {
                [try Self.ip("-6 rule show"), try Self.ip("-6 route show table 100000")]
            }
            let tun = try TUNDevice(name: "tdrule")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            let route = IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: 1024, table: 100_000)
            let rule = IPv6Rule(from: Self.address, table: 100_000, priority: 1_234)
            try Netlink.add(route, interface: tun.index)
            try Netlink.add(rule)
            let during = try shown() + [try Self.ip("-6 -d rule show")]
            let state = try Netlink.state(ofInterface: tun.index)
            try #require(state?.rules == [rule] && state?.routes.contains(route) == true)
            try Netlink.remove(rule)
            try Netlink.remove(route, interface: tun.index)
            return (during, try shown())
        }
        #expect(during[0].contains("1234:\tfrom 2001:db8::1 lookup 100000"))
        #expect(during[1].hasPrefix("default dev tdrule proto static "))
        #expect(during[2].contains("lookup 100000 proto kernel"), "networkd leaves such rules alone: \(during[2])")
        #expect(!after[0].contains("1234:") && after[1].isEmpty)
    }

    @Test("An interface comes up with MTU, queue length and address, without a link-local one and without detection")
    func interface() throws {
        let (link, address) = try NetworkSandbox.run { () -> (String, String) in
            let tun = try TUNDevice(name: "tdlink")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(Self.address, prefixLength: 64, interface: tun.index)
            try Netlink.addRoute(to: Self.address, length: 128, interface: tun.index, metric: 7)
            return (try Self.ip("link show tdlink"), try Self.ip("-6 address show tdlink; ip -6 route show dev tdlink"))
        }
        #expect(link.contains("mtu 1280") && link.contains("qlen 1000") && link.contains(",UP"))
        #expect(address.contains("inet6 2001:db8::1/64 scope global nodad") && !address.contains("fe80::"))
        #expect(address.contains("2001:db8::1 proto static metric 7 "))
    }

    @Test("The state of an interface is read as ip has set it: name, link, MTU, IPv6 and what is on it")
    func state() throws {
        let states = try NetworkSandbox.run { () -> [InterfaceState?] in
            let tun = try TUNDevice(name: "tdstate")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(Self.address, prefixLength: 64, interface: tun.index)
            let setting = "/proc/sys/net/ipv6/conf/renamed/disable_ipv6"
            var states = [try Netlink.state(ofInterface: tun.index)]
            for change in [
                "link set tdstate down; ip link set tdstate name renamed", "link set renamed up mtu 576",
                "link set renamed mtu 1280; echo 1 > \(setting)", "link del renamed",
            ] {
                _ = try Self.ip(change)
                states.append(try Netlink.state(ofInterface: tun.index))
                let (exists, name) = (tun.exists, tun.name)
                let isAsExpected = change.contains("del") ? !exists : exists && name == states.last??.name
                try #require(isAsExpected)
            }
            return states
        }
        let shown = states.map {
            $0.map { "\($0.name) \($0.isUp) \($0.mtu) \($0.ipv6) \($0.addresses.count)" } ?? "none"
        }
        #expect(
            shown == [
                "tdstate true 1280 enabled 1", "renamed false 1280 enabled 0", "renamed true 576 absent 0",
                "renamed true 1280 disabled 0", "none",
            ]
        )
        let first = try #require(states.first ?? nil)
        #expect(!first.makesLinkLocalAddress && first.holdsAddresses)
        #expect(first.routes.contains(IPv6Route(IPv6Prefix(Self.address, length: 64), metric: 256)), "\(first.routes)")
    }

    @Test("Routers, interfaces and ways to addresses are found as ip has set them up")
    func routes() throws {
        let found = try NetworkSandbox.run { () -> [Bool] in
            _ = try Self.ip("link set lo up; ip link add test0 type veth peer name test1")
            _ = try Self.ip("link set test0 up; ip link set test1 up")
            _ = try Self.ip("address add 192.0.2.1/24 dev test0; ip route add 198.51.100.0/24 via 192.0.2.9")
            _ = try Self.ip("-6 route add 2001:db8:1::/48 dev test0")
            let index = NetworkInterface.index(named: "test0") ?? 0
            let far = IPv4Address(198, 51, 100, 7)
            let addresses = try Netlink.ipv4Addresses()
            return [
                Netlink.gateway(towards: far) == IPv4Address(192, 0, 2, 9),
                Netlink.gateway(towards: IPv4Address(192, 0, 2, 7)) == nil,
                Netlink.interface(towards: far) == index,
                Netlink.interface(towards: IPv4Address(203, 0, 113, 1)) == nil,
                Netlink.sourceAddress(towards: far) == IPv4Address(192, 0, 2, 1),
                Netlink.hasRoute(to: IPv6Address("2001:db8:1::5") ?? .unspecified, interface: index),
                !Netlink.hasRoute(to: IPv6Address("2001:db8:2::5") ?? .unspecified, interface: index),
                addresses.contains { $0.interfaceName == "test0" && $0.prefixLength == 24 && !$0.isLoopback },
                NetworkInterface(index: index)?.mtu == 1500,
                NetworkInterface(index: index)?.isEthernet == true,
                NetworkInterface(index: 1)?.isEthernet == false,
                NetworkInterface(index: index)?.isVirtualPair == true,
                NetworkInterface(index: 1)?.isVirtualPair == false,
            ]
        }
        #expect(found == [Bool](repeating: true, count: 13))
    }

    @Test("An address that only a rule has a way for is asked about with the address")
    func waysBySource() throws {
        let found = try NetworkSandbox.run { () -> [Bool] in
            _ = try Self.ip("link add test0 type veth peer name test1; ip link set test0 up; ip link set test1 up")
            _ = try Self.ip("address add 192.0.2.1/24 dev test0; ip rule add from 192.0.2.1 lookup 100")
            _ = try Self.ip("route add default via 192.0.2.9 dev test0 table 100")
            let (own, far) = (IPv4Address(192, 0, 2, 1), IPv4Address(198, 51, 100, 7))
            return [
                Netlink.gateway(towards: far) == nil && Netlink.sourceAddress(towards: far) == nil,
                Netlink.gateway(towards: far, from: own) == IPv4Address(192, 0, 2, 9),
                Netlink.interface(towards: far, from: own) == NetworkInterface.index(named: "test0"),
                Netlink.sourceAddress(towards: far, from: own) == own,
                Netlink.sourceAddress(towards: far, from: IPv4Address(203, 0, 113, 1)) == nil,
            ]
        }
        #expect(found == [Bool](repeating: true, count: 5))
    }

    @Test("What the kernel refuses is told with its reason")
    func refusal() throws {
        let error = try NetworkSandbox.run { () -> SystemError? in
            do {
                try Netlink.setMTU(9000, interface: 4711)
                return nil
            } catch let error as SystemError { return error }
        }
        #expect(error?.code == ENODEV && error?.subject == "MTU 9000")
    }
}
