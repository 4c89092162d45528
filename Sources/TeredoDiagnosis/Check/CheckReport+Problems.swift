package import TeredoControl
import TeredoProtocol
import TeredoWire

/// What is in the way, most important first, with what the user can do.
extension CheckReport {
    /// The problems that were found, those that matter most first.
    package var problems: [CheckProblem] {
        let found = [blockingHostProblem].compactMap(\.self) + networkProblems + clientProblems + hostProblems
        let order: [CheckProblem.Severity] = [.blocking, .limiting, .note]
        return order.flatMap { severity in found.filter { $0.name.severity == severity } }
    }

    private var networkProblems: [CheckProblem] {
        // Without a look at this host nobody was asked: of a client without address no more is known than it says.
        if let client, client.progress.state != .qualified, host == nil, nat?.allowsClient != true { return [] }
        guard let server else { return [unresolved] }
        guard let nat else { return [noRoute(to: server)] }
        guard nat.allowsClient else { return [silence(of: server, nat)] }
        return [
            rejection(nat), secondary(server, nat), smallMTU, symmetric(nat), strayMemory(nat), addresses(nat),
            location(nat), lifetime(nat), firewall(nat), noPortMapping, noHairpinning(nat), unusableAddress,
        ].compactMap(\.self)
    }

    private var unresolved: CheckProblem {
        guard !isNameServiceSilent else {
            return CheckProblem(
                name: .resolverSilent,
                description: "The name service does not answer, so \(serverName) has no address.",
                remedy: "Look at /etc/resolv.conf and 'getent ahostsv4 \(serverName)', or give an IPv4 address."
            )
        }
        if let refusedAddresses {
            return CheckProblem(
                name: .serverUnresolved,
                description:
                    "The name service gives \(serverName) only addresses that no server can have: \(refusedAddresses).",
                remedy:
                    "A block list or a captive portal answers like this. Ask another name service, or give the server's IPv4"
                    + " address."
            )
        }
        return CheckProblem(
            name: .serverUnresolved,
            description: "The name \(serverName) has no IPv4 address.",
            remedy: "Check the spelling and 'getent ahostsv4 \(serverName)', or give the server's IPv4 address."
        )
    }

    /// Some of the addresses of the name are of no use; clients go on with another one by themselves.
    private var unusableAddress: CheckProblem? {
        let dead = candidates.filter(\.isDead).map { "\($0.address), \($0.phrase)" }
        let all = dead + [refusedAddresses].compactMap(\.self)
        guard !all.isEmpty else { return nil }
        return CheckProblem(
            name: .serverAddressUnusable,
            description: "Some addresses of \(serverName) are of no use: \(all.joined(separator: "; ")).",
            remedy: "A client takes another one within seconds. Tell the administrator of the name."
        )
    }

    private func noRoute(to server: ServerAddresses) -> CheckProblem {
        CheckProblem(
            name: .noRoute,
            description: "This host has no IPv4 route to \(server.primary).",
            remedy: "Connect it to an IPv4 network; 'ip route get \(server.primary)' shows when there is a route."
        )
    }

    private func silence(of server: ServerAddresses, _ nat: NATReport) -> CheckProblem {
        if nat.lastRejection != nil, let problem = rejection(nat) { return problem }
        if nat.secondary.isAnswered == true {
            return CheckProblem(
                name: .primarySilent,
                description: "The server's primary address \(server.primary) is silent, but the secondary one answers.",
                remedy: "Use another server, or tell its administrator: UDP port 3544 works from here."
            )
        }
        return obstacle(server.primary)
    }

    private func rejection(_ nat: NATReport) -> CheckProblem? {
        guard let reason = nat.lastRejection else { return nil }
        let remedy =
            switch reason {
            case .authenticationFailed: "Check --client-id and --secret-file, or use a server that needs no secret."
            default: "Use another server, and tell the administrator of this one."
            }
        return CheckProblem(
            name: .answerRejected,
            description: "An answer from the server was not believed (\(reason)).",
            remedy: remedy
        )
    }

    private func secondary(_ server: ServerAddresses, _ nat: NATReport) -> CheckProblem? {
        guard nat.secondary.isAnswered == false, let secondary = server.secondary else { return nil }
        return CheckProblem(
            name: .secondarySilent,
            description:
                "The server's secondary address \(secondary) is silent, so the kind of NAT stays unknown.",
            remedy:
                "A client works all the same, but behind a symmetric NAT it does not know that, and reaches fewer peers"
                + " directly. Give the right address with --secondary-server, or use a server with two addresses."
        )
    }

    private var smallMTU: CheckProblem? {
        guard let mtu = path?.smallMTU else { return nil }
        return CheckProblem(
            name: .smallMTU,
            description:
                "The path to the server carries \(mtu) octets; full-size Teredo packets have \(PathFindings.fullLength)"
                + " and arrive in fragments, or not at all.",
            remedy: "Raise the MTU of the link (tunnel, PPPoE, modem) to 1308 or more; fragments often get lost."
        )
    }

    private func firewall(_ nat: NATReport) -> CheckProblem? {
        guard nat.mapping == NATReport.Mapping.none, nat.filtering == .dependent else { return nil }
        return CheckProblem(
            name: .statefulFirewall,
            description: "No NAT, but a firewall lets only answers in.",
            remedy: "A client works as if behind a NAT; let UDP in to its service port (--bind) to be reached faster."
        )
    }

    private func symmetric(_ nat: NATReport) -> CheckProblem? {
        guard nat.mapping == .dependent, !hasForwardedPort else { return nil }
        return CheckProblem(
            name: .symmetricNAT,
            description: "The NAT is symmetric: each peer sees another port, so not all peers can be reached directly.",
            remedy:
                "Switch on UPnP, NAT-PMP or PCP in the router, or 'full cone' or 'endpoint-independent' NAT if it"
                + " offers that."
        )
    }

    private func strayMemory(_ nat: NATReport) -> CheckProblem? {
        guard nat.remembersStrays == true, !hasForwardedPort else { return nil }
        let box = nat.mappedEndpoint.map { "The NAT box with the address \($0.address)" } ?? "The NAT box"
        return CheckProblem(
            name: .strayMemory,
            description:
                "\(box) accepts what comes in too early and remembers it for 30 seconds: then this host's answer leaves from"
                + " another port, and a peer that sent first cannot be reached.",
            remedy:
                "On that box drop what nobody asked for: nft add rule inet filter input iifname WAN ct state"
                + " != established,related drop. A transit relay, or a forwarded port, serves as well."
        )
    }

    private func addresses(_ nat: NATReport) -> CheckProblem? {
        guard nat.usesSeveralAddresses == true else { return nil }
        return CheckProblem(
            name: .severalAddresses,
            description: "The NAT gives the ports of this host different external addresses.",
            remedy: "Ask whoever runs it for 'paired' address pooling (RFC 4787 section 4.1)."
        )
    }

    /// More than one NAT on the way.
    private func location(_ nat: NATReport) -> CheckProblem? {
        if let localAddress, Self.sharedAddressSpace.contains(localAddress) {
            return carrier("This host's address \(localAddress)")
        }
        if let hop = path?.secondHop, Self.sharedAddressSpace.contains(hop) {
            return carrier("The second router on the way, \(hop),")
        }
        guard let external = portMapping?.externalAddress, let mapped = nat.mappedEndpoint, external != mapped.address
        else { return nil }
        if Self.sharedAddressSpace.contains(external) { return carrier("The router's external address, \(external),") }
        return CheckProblem(
            name: .doubleNAT,
            description:
                "The router's external address is \(external), but the server sees \(mapped.address): two NATs.",
            remedy: "Switch one of the two routers to bridge mode, so that only one NAT remains."
        )
    }

    private func carrier(_ subject: String) -> CheckProblem {
        CheckProblem(
            name: .carrierNAT,
            description: "\(subject) is a provider's shared address (100.64.0.0/10): there is a carrier-grade NAT.",
            remedy: "Ports cannot be opened in it; ask the provider for a public IPv4 address, or for native IPv6."
        )
    }

    private func lifetime(_ nat: NATReport) -> CheckProblem? {
        // A running client knows better what became of its own mapping.
        guard client?.mapping.nat.observation.mostLifetime == nil, let lifetime = nat.lifetime,
            lifetime.atLeast < RFC4380.refreshInterval, lifetime.lessThan != nil
        else {
            return nil
        }
        let interval = max(1, lifetime.atLeast.components.seconds * 3 / 4)
        return CheckProblem(
            name: .shortLifetime,
            description: "The NAT forgets idle mappings before a client renews them, every 30 seconds.",
            remedy: "Run the client with --refresh-interval \(interval), or raise the UDP timeout of the router."
        )
    }

    private var noPortMapping: CheckProblem? {
        guard let portMapping, portMapping.mappingProtocol == nil, nat?.mapping != NATReport.Mapping.none else {
            return nil
        }
        if let refusal = portMapping.refusal {
            return CheckProblem(
                name: .portMappingRefused,
                description: "The router forwards no port: \(refusal).",
                remedy: "Look in the router for permission to use UPnP, NAT-PMP or PCP, and for a limit on mappings."
            )
        }
        return CheckProblem(
            name: .noPortMapping,
            description: "The router speaks no port mapping protocol.",
            remedy: "Switch on UPnP, NAT-PMP or PCP in the router to be reached by more peers, and faster."
        )
    }

    private func noHairpinning(_ nat: NATReport) -> CheckProblem? {
        guard nat.hairpinning == NATReport.Hairpinning.none || nat.hairpinning == .internalSource else { return nil }
        return CheckProblem(
            name: .noHairpinning,
            description: "The NAT does not hairpin: clients behind it cannot reach each other at its external address.",
            remedy:
                "Clients on the same link still find each other; for others enable 'NAT loopback' in the router."
        )
    }

    private static let sharedAddressSpace = IPv4Prefix(IPv4Address(100, 64, 0, 0), length: 10)
}
