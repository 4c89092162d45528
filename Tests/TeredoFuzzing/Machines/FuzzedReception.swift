import CTeredoFuzzing
import TeredoCrypto
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A frame for the programs in the kernel that take the datagrams of trusted peers, one before the kernel makes packets of frames and
/// one behind: what they take, a client in the same state delivers whole, what they do not take they leave as it was, and both take
/// the same.
struct FuzzedReception {
    typealias Violation = FuzzTarget.Violation

    private static let passed: CInt = 2
    private static let dropped: CInt = 1
    private static let leftAlone: CInt = -1
    private static let refused: CInt = 2
    private static let redirected: CInt = 7
    private static let mark: UInt32 = 0x5445_5245
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private static let peer = TeredoAddress(
        server: IPv4Address(192, 0, 2, 33),
        flags: TeredoFlags(rawValue: 0x1234),
        mappedEndpoint: UDPEndpoint(IPv4Address(203, 0, 113, 20), 5000)
    )

    /// A client that has an address and heard from the peer.
    private static let client = qualifiedClient()
    /// The programs, loaded once, and told of the same peer.
    private static let programs = Result { () throws(SystemError) in try OwnedPrograms() }

    private final class OwnedPrograms: Sendable {
        private let module: BPFModule
        private let strip: OwnedFileDescriptor
        private let unwrap: OwnedFileDescriptor

        /// What the program before packets are made says of a frame, and what it makes of it: the mark, and the frame.
        func strip(_ frame: [UInt8]) -> (verdict: CInt, result: [UInt8]) { attempt(strip, frame) }

        /// What the program behind that says of it, and what it makes of it.
        func unwrap(_ frame: [UInt8]) -> (verdict: CInt, result: [UInt8]) { attempt(unwrap, frame) }

        private func attempt(_ program: borrowing OwnedFileDescriptor, _ frame: [UInt8]) -> (CInt, [UInt8]) {
            var output = [UInt8](repeating: 0, count: 4096)
            var length = UInt32(output.count)
            let verdict = unsafe teredo_bpf_try(program.rawValue, frame, UInt32(frame.count), &output, &length)
            return (verdict, verdict == TEREDO_BPF_UNTRIED ? [] : Array(output.prefix(Int(length))))
        }

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
            strip = try module.load("strip", for: .xdpGeneric)
            unwrap = try module.load("unwrap", for: .ingress)
        }
    }

    private var tape: InputTape
    private var isPlain = false

    init(_ input: [UInt8]) { tape = InputTape(input) }

    mutating func run() throws(Violation) {
        let programs: OwnedPrograms
        do throws(SystemError) { programs = try Self.programs.get() } catch {
            throw Violation("programs cannot be loaded into the kernel: \(error)")
        }
        let frame = frame()
        let (verdict, result) = programs.strip(frame)
        let (verdictBehind, resultBehind) = programs.unwrap(frame)
        if verdict == Self.dropped {
            // Congestion was met by a packet that cannot carry the mark on (RFC 6040).
            let inner = frame[43] >> 4 & 3
            try Violation.unless(frame[15] & 3 == 3 && inner == 0, "a frame is dropped that met no congestion")
            return try Violation.unless(verdictBehind == Self.refused, "only one of the programs drops a frame")
        }
        try Violation.unless(verdict == Self.passed, "the verdict is \(verdict)")
        guard result != frame else {
            try Violation.unless(!isPlain, "a plain packet of the peer is not taken")
            try Violation.unless(
                verdictBehind == Self.leftAlone,
                "a frame that one leaves the other takes: \(verdictBehind)"
            )
            return try Violation.unless(resultBehind == frame, "a frame that is left was changed")
        }
        try compare(frame, result)
        try Violation.unless(
            verdictBehind == Self.redirected,
            "a frame that one takes the other leaves: \(verdictBehind)"
        )
        // The mark is in front of one, and the station's protocol is of no use to the other.
        try Violation.unless(
            resultBehind.dropFirst(14) == result.dropFirst(18),
            "the two programs make different packets of a frame"
        )
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
