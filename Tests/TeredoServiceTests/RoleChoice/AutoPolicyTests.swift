import TeredoWire
import Testing

@testable import TeredoHost
@testable import TeredoService
@testable import TeredoSettings

@Suite("What teredo auto decides")
struct AutoPolicyTests {
    private static let native = NativeConnectivity(
        address: IPv6Address(rawValue: 0x2400_0001 << 96 | 1),
        interfaceName: "eth0"
    )
    private static let addresses = [IPv4Address(192, 168, 1, 2), IPv4Address(10, 20, 3, 4)]
    private static let domains = ["Lab.Corp.example.com.", "example.org"]

    private func situation(isNative: Bool) -> HostSituation {
        HostSituation(
            native: isNative ? Self.native : nil,
            ipv4Addresses: Self.addresses,
            searchDomains: Self.domains
        )
    }

    @Test(
        "RFC 4380 section 5.5: a host with native IPv6 is never a client",
        arguments: [
            (AutoPolicy.NativeRole.hostRelay, true, AutoRole.hostRelay), (.hostRelay, false, .client),
            (.dormant, true, .dormant), (.dormant, false, .client),
        ]
    )
    func role(nativeRole: AutoPolicy.NativeRole, isNative: Bool, role: AutoRole) {
        let decision = AutoPolicy(nativeRole: nativeRole).decision(in: situation(isNative: isNative))
        #expect(decision.role == role)
        #expect(!decision.isImmediate)
        #expect(decision.reason.contains("2400:1::1 on eth0") == isNative)
    }

    @Test(
        "a global address without a default route is native IPv6 only with --native-by-address",
        arguments: [(false, AutoRole.client), (true, .hostRelay)]
    )
    func addressAlone(isNativeByAddress: Bool, role: AutoRole) {
        var host = situation(isNative: false)
        host.native = NativeConnectivity(
            address: Self.native.address,
            interfaceName: "eth0",
            hasDefaultRoute: false
        )
        let policy = AutoPolicy(isNativeByAddress: isNativeByAddress)
        let decision = policy.decision(in: host)
        #expect(decision.role == role)
        #expect(decision.reason.contains("--native-by-address") == isNativeByAddress)
        #expect(policy.decision(in: situation(isNative: false)).role == .client, "no address at all")
        #expect(policy.decision(in: situation(isNative: true)).role == .hostRelay)
    }

    @Test(
        "SEC-19: on a network that is named as managed nothing is done, with native IPv6 or without",
        arguments: [
            ("10.20.0.0/16", "it has the address 10.20.3.4"), ("192.168.1.2/32", "it has the address 192.168.1.2"),
            ("corp.example.com", "search domain Lab.Corp.example.com."), ("EXAMPLE.org", "search domain example.org"),
        ]
    )
    func managed(network: String, sign: String) throws {
        let networks = [try ManagedNetwork("172.16.0.0/12"), try ManagedNetwork(network)]
        for isNative in [false, true] {
            let decision = AutoPolicy(managedNetworks: networks).decision(in: situation(isNative: isNative))
            #expect(decision.role == .dormant)
            #expect(decision.isImmediate, "it does not wait")
            #expect(decision.reason.contains("client is in a managed network"), "\(decision.reason)")
            #expect(decision.reason.contains(sign), "\(decision.reason)")
            let enterprise = AutoPolicy(type: .enterpriseclient, managedNetworks: networks)
            #expect(enterprise.decision(in: situation(isNative: isNative)).role == (isNative ? .hostRelay : .client))
        }
    }

    @Test("the network is judged only when a managed one is named, whatever the type")
    func network() throws {
        let situation = situation(isNative: false)
        #expect(AutoPolicy().network(in: situation) == nil)
        let elsewhere = [try ManagedNetwork("172.16.0.0/12")]
        #expect(AutoPolicy(managedNetworks: elsewhere).network(in: situation) == .unmanaged)
        let here = [try ManagedNetwork("10.20.0.0/16")]
        #expect(AutoPolicy(type: .enterpriseclient, managedNetworks: here).network(in: situation) == .managed)
    }

    @Test(
        "another network is not managed",
        arguments: ["10.21.0.0/16", "p.example.com", "org.example", "example.com.de"]
    )
    func unmanaged(network: String) throws {
        let policy = AutoPolicy(managedNetworks: [try ManagedNetwork(network)])
        #expect(policy.decision(in: situation(isNative: false)).role == .client)
    }

    @Test("SEC-19: one switch disables everything")
    func disabled() {
        for isNative in [false, true] {
            let decision = AutoPolicy(type: .disabled).decision(in: situation(isNative: isNative))
            #expect(decision.role == .dormant)
            #expect(decision.reason.contains("--type disabled"))
        }
    }

    @Test(
        "what names no network is refused with what is wrong",
        arguments: [
            ("10.20.0.0/33", "not an IPv4 prefix"), ("2001:db8::/32", "not an IPv4 prefix"),
            ("0.0.0.0/0", "--type disabled"), ("10.20.0.1", "such as 10.20.0.1/24"), ("corp example", "neither"),
            ("", "neither"), ("a..b", "neither"),
            ("-a.b", "neither"), (String(repeating: "a", count: 64), "neither"),
        ]
    )
    func refusedNetworks(text: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try ManagedNetwork(text) }
        #expect(error?.description.hasPrefix("--managed-network: '\(text)'") == true, "\(String(describing: error))")
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test(
        "the types of Windows mean the same here",
        arguments: [
            ("client", AutoType.client), ("Default", .client), ("EnterpriseClient", .enterpriseclient),
            ("disabled", .disabled),
        ]
    )
    func types(name: String, type: AutoType) throws {
        #expect(try AutoType(named: name) == type)
    }

    @Test(
        "a type of Windows without a counterpart is refused with the reason",
        arguments: [
            ("natawareclient", "Microsoft does not say"), ("server", "use 'teredo server'"),
            ("relay", "use 'teredo relay'"),
            ("automatic", "leave out --type"), ("on", "use client, enterpriseclient, disabled or default"),
        ]
    )
    func refusedTypes(name: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try AutoType(named: name) }
        #expect(error?.description.hasPrefix("--type: '\(name)'") == true)
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test("search domains are read again and again only where one decides")
    func searchDomains() throws {
        let prefix = try ManagedNetwork("10.0.0.0/8")
        let domain = try ManagedNetwork("example.com")
        #expect(!AutoPolicy(managedNetworks: [prefix]).needsSearchDomains)
        #expect(AutoPolicy(managedNetworks: [prefix, domain]).needsSearchDomains)
        #expect(!AutoPolicy(type: .enterpriseclient, managedNetworks: [domain]).needsSearchDomains)
    }
}
