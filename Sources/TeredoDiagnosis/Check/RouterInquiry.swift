import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoWire

/// Asks the router to forward a port, by every protocol at the same time, and to forget it again at once.
final class RouterInquiry {
    private let services: [PortMappingService]
    private var findings: [PortMappingFinding?]
    private var unfinished: Set<Int>
    private var refusal: String?

    /// Prepares the inquiry; `nil` when there is no router on the way to the server.
    init?(towards server: IPv4Address, from source: IPv4Address) throws(ServiceError) {
        guard let gateway = Netlink.gateway(towards: server, from: source) else { return nil }
        var generator = SystemRandomNumberGenerator()
        var services: [PortMappingService] = []
        for protocols in Self.attempts {
            let port = UInt16.random(in: 32_768...65_535, using: &generator)
            let service = try ServiceError.wrapping { () throws(SystemError) in
                try PortMappingService(
                    gateway: gateway,
                    local: UDPEndpoint(source, port),
                    protocols: protocols,
                    patience: Self.patience
                )
            }
            services.append(service)
        }
        self.services = services
        findings = services.map { _ in nil }
        unfinished = Set(services.indices)
    }

    /// What was found out, the better protocol first; `nil` while that is open.
    var finding: PortMappingFinding? {
        guard isFinished else { return nil }
        if let mapped = findings.compactMap(\.self).first { return mapped }
        return PortMappingFinding(mappingProtocol: nil, externalAddress: nil, refusal: refusal)
    }

    /// Whether the mappings are gone again, or never were.
    var isFinished: Bool { unfinished.isEmpty }

    var nextTimeout: ProtocolInstant? { unfinished.compactMap { services[$0].nextTimeout }.min() }

    func watch(in loop: inout EventLoop) throws(ServiceError) {
        do {
            for (index, service) in services.enumerated() {
                try loop.add(service.socketDescriptor, token: Self.token + UInt64(2 * index))
                try loop.add(service.exchangeDescriptor, token: Self.token + UInt64(2 * index + 1))
            }
        } catch {
            throw ServiceError(error)
        }
    }

    func start(now: ProtocolInstant) {
        for service in services { service.start(now: now) }
    }

    /// Takes what is for the router's side; `false` when the token is of another descriptor.
    func handle(_ token: UInt64, now: ProtocolInstant) -> Bool {
        guard token >= Self.token else { return false }
        let index = Int(token - Self.token) / 2
        if (token - Self.token).isMultiple(of: 2) {
            services[index].receive(now: now)
        } else {
            services[index].receiveAnswer(now: now)
        }
        follow(index, now: now)
        return true
    }

    func handleTimeout(now: ProtocolInstant) {
        for index in unfinished {
            if let deadline = services[index].nextTimeout, deadline <= now { services[index].handleTimeout(now: now) }
            follow(index, now: now)
        }
    }

    private func follow(_ index: Int, now: ProtocolInstant) {
        while let event = services[index].pollEvent() {
            switch event {
            case .mapped(let mapping):
                findings[index] = PortMappingFinding(
                    mappingProtocol: mapping.mappingProtocol,
                    externalAddress: mapping.external.address
                )
                services[index].remove(now: now)
            case .unmapped(let reason):
                // A router that speaks a protocol and refuses is not the same as one that speaks none.
                if !reason.isSilence { refusal = refusal ?? reason.description }
                unfinished.remove(index)
            case .portTaken, .seenElsewhere: break
            case .removed: unfinished.remove(index)
            }
        }
    }

    private static let attempts: [Set<MappingProtocol>] = [[.pcp, .natPMP], [.upnp]]
    private static let token: UInt64 = 1000
    /// Somebody looks on: a router that is going to answer a search does so within a second (the MX of the search).
    private static let patience = Duration.milliseconds(1250)
}
