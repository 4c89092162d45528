import CTeredoFuzzing
import TeredoCrypto
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A frame for the program in the kernel that takes the datagrams of trusted peers: what it takes, a client in the same state delivers
/// whole, and what it does not take it leaves as it was.
struct FuzzedReception {
    typealias Violation = FuzzTarget.Violation

    private static let passed: CInt = 2
    private static let dropped: CInt = 1
    private static let mark: UInt32 = 0x5445_5245
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private static let peer = TeredoAddress(
        server: IPv4Address(192, 0, 2, 33),
        flags: TeredoFlags(rawValue: 0x1234),
        mappedEndpoint: UDPEndpoint(IPv4Address(203, 0, 113, 20), 5000)
    )

    /// A client that has an address and heard from the peer.
    private static let client = qualifiedClient()
    /// The program, loaded once, and told of the same peer.
    private static let program = Result { () throws(SystemError) in try OwnedProgram() }

    private final class OwnedProgram: Sendable {
        private let module: BPFModule
        private let program: OwnedFileDescriptor

        var descriptor: CInt { program.rawValue }

        init() throws(SystemError) {
            let loopback = NetworkInterface(name: "lo", index: 1)
            let settings = KernelDataPath.Settings(
                tunnel: loopback,
                underlying: loopback,
                localEndpoint: FuzzedClient.local,
                side: .client(FuzzedReception.client.address?.ipv6)
            )
            module = try KernelDataPath.module(settings, mark: FuzzedReception.mark)
            let tables = KernelPathTables(
                peers: try module.map(KernelPathMap.peers.name),
                natives: try module.map(KernelPathMap.natives.name),
                counters: try module.map(KernelPathMap.counters.name)
            )
            try tables.setPeer(
                FuzzedReception.peer.ipv6,
                endpoint: FuzzedReception.peer.mappedEndpoint,
                receptionEndpoint: FuzzedReception.peer.mappedEndpoint,
                keepsSuperPackets: false,
                lastReception: MonotonicClock.now
            )
            program = try module.load("strip", for: .xdpGeneric)
        }
    }

    private var tape: InputTape
    private var isPlain = false

    init(_ input: [UInt8]) { tape = InputTape(input) }

    mutating func run() throws(Violation) {
        let program: OwnedProgram
        do throws(SystemError) { program = try Self.program.get() } catch {
            throw Violation("programs cannot be loaded into the kernel: \(error)")
        }
        let frame = frame()
        var output = [UInt8](repeating: 0, count: 4096)
        var length = UInt32(output.count)
        let verdict = unsafe teredo_bpf_try(program.descriptor, frame, UInt32(frame.count), &output, &length)
        let result = Array(output.prefix(Int(length)))
        if verdict == Self.dropped {
            // Congestion was met by a packet that cannot carry the mark on (RFC 6040).
            let inner = frame[43] >> 4 & 3
            return try Violation.unless(frame[15] & 3 == 3 && inner == 0, "a frame is dropped that met no congestion")
        }
        try Violation.unless(verdict == Self.passed, "the verdict is \(verdict)")
        guard result != frame else {
            return try Violation.unless(!isPlain, "a plain packet of the peer is not taken")
        }
        try compare(frame, result)
    }

    /// The client delivers the whole payload of the frame, which is what is left of it behind the mark but for the traffic class.
    private func compare(_ frame: [UInt8], _ result: [UInt8]) throws(Violation) {
        let source = UDPEndpoint(
            IPv4Address(rawValue: frame.span.bigEndianUInt32(at: 26)),
            frame.span.bigEndianUInt16(at: 34)
        )
        let payload = Array(frame.dropFirst(42))
        var client = Self.client
        let verdict = client.handleDatagram(payload.span, from: source, on: .service, now: Self.now)
        guard case .deliver(let range) = verdict, range == payload.indices else {
            throw Violation("the kernel takes what the client does not deliver whole: \(verdict)")
        }
        try Violation.unless(result.count == 18 + payload.count, "\(payload.count) octets became \(result.count - 18)")
        try Violation.unless(Array(result.dropFirst(20)) == Array(payload.dropFirst(2)), "the packet was changed")
        try Violation.unless(Array(result[16..<18]) == [0x86, 0xDD], "the frame is not one of IPv6")
    }

    private mutating func frame() -> [UInt8] {
        let switches = tape.octet()
        isPlain = switches & 0xF0 == 0
        let own = Self.client.address?.ipv6 ?? .unspecified
        let length = 8 + Int(tape.octet())
        var payload = encoded { output in
            IPv6Header(
                payloadLength: length,
                nextHeader: switches & 1 == 0 ? 17 : 6,
                hopLimit: 64,
                source: Self.peer.ipv6,
                destination: own
            ).encode(into: &output)
            output.append(repeating: 7, count: length)
        }
        if switches & 0x10 != 0 { payload = tape.mutated(payload) }
        if switches & 0x20 != 0 { payload += tape.octets(Int(tape.octet() & 31)) }
        let source = switches & 0x40 != 0 ? tape.source(of: tape.peer()) : Self.peer.mappedEndpoint
        var packet = PcapFile.ipv4Packet(payload, from: source, to: FuzzedClient.local)
        if switches & 0x80 != 0 {
            packet = tape.mutated(packet)
            // Padded to what an IPv4 and an IPv6 header need, so that they can be looked at.
            packet += [UInt8](repeating: 0, count: max(0, 68 - packet.count))
        }
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + packet
    }

    private static func qualifiedClient() -> TeredoClient {
        var configuration = ClientConfiguration()
        configuration.localDiscovery.isOn = false
        configuration.transit = .off
        var client = TeredoClient(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: 1),
            now: now
        )
        client.start(localEndpoint: FuzzedClient.local, subnets: [FuzzedClient.link], now: now)
        // The look-up, and one solicitation for each of the two servers.
        for _ in 0..<3 {
            while let event = client.pollEvent() {
                if event == .serverAddressNeeded { client.setServer(FuzzedClient.servers, now: now) }
            }
            answer(&client)
        }
        let own = client.address?.ipv6 ?? .unspecified
        let packet = encoded { output in
            TeredoBubble(source: peer.ipv6, destination: own, hopLimit: 0).encode(into: &output)
        }
        _ = client.handleDatagram(packet.span, from: peer.mappedEndpoint, on: .service, now: now)
        return client
    }

    private static func answer(_ client: inout TeredoClient) {
        var questions: [(Transmit, [UInt8])] = []
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 2048) { transmit = client.pollTransmit(into: &$0) }
            guard let transmit else { break }
            questions.append((transmit, bytes))
        }
        for (transmit, bytes) in questions {
            guard let datagram = try? TeredoDatagram(validating: bytes), let head = datagram.authentication else {
                continue
            }
            let advertisement = encoded { output in
                AuthenticationEncapsulation(nonce: head.nonce(in: bytes.span)).encode(into: &output)
                OriginIndication(FuzzedClient.mapped).encode(into: &output)
                RouterAdvertisement(
                    source: TeredoLinkLocal.server(FuzzedClient.servers.primary),
                    destination: datagram.header.source,
                    server: FuzzedClient.servers.primary
                ).encode(into: &output)
            }
            _ = client.handleDatagram(advertisement.span, from: transmit.destination, on: transmit.port, now: now)
        }
    }
}
