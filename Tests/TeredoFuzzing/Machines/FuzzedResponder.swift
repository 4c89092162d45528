import CTeredoFuzzing
import TeredoCrypto
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A frame for the program in the kernel that answers solicitations: what it answers, the server answers with the same octets, and what
/// it does not answer it leaves as it was.
struct FuzzedResponder {
    typealias Violation = FuzzTarget.Violation

    private static let primary = IPv4Address(192, 0, 2, 1)
    private static let secondary = IPv4Address(192, 0, 2, 2)
    private static let unlimited = (rate: 1_000_000_000, burst: 1_000_000)
    private static let passed: CInt = 2
    private static let answered: CInt = 3

    /// The program, loaded once: everything else about it is its input.
    private static let program = Result { () throws(SystemError) in try OwnedProgram() }

    private final class OwnedProgram: Sendable {
        private let module: BPFModule
        private let program: OwnedFileDescriptor

        var descriptor: CInt { program.rawValue }

        init() throws(SystemError) {
            let linkLocal = TeredoLinkLocal.server(FuzzedResponder.primary)
            let advertisement = RouterAdvertisement(
                source: linkLocal,
                destination: .unspecified,
                server: FuzzedResponder.primary
            )
            let settings = SolicitationResponder.Settings(
                addresses: (FuzzedResponder.primary, FuzzedResponder.secondary),
                linkLocal: linkLocal,
                advertisement: encoded(advertisement.encode),
                forbidden: GlobalUnicastFilter().refusedPrefixes
                    + [FuzzedResponder.primary, FuzzedResponder.secondary].map { IPv4Prefix($0, length: 32) },
                permitted: GlobalUnicastFilter.permittedGlobalPrefixes,
                limits: (FuzzedResponder.unlimited, FuzzedResponder.unlimited),
                bucketCount: 1024
            )
            module = try SolicitationResponder.module(settings, answersFromOther: true)
            program = try module.load("solicitations", for: .xdpGeneric)
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
        var output = [UInt8](repeating: 0, count: 2048)
        var length = UInt32(output.count)
        let verdict = unsafe teredo_bpf_try(program.descriptor, frame, UInt32(frame.count), &output, &length)
        let result = Array(output.prefix(Int(length)))
        switch verdict {
        case Self.passed:
            try Violation.unless(!isPlain, "a plain solicitation is not answered")
            try Violation.unless(result == frame, "a frame that is passed on was changed")
        case Self.answered: try compare(frame, result)
        default: throw Violation("the verdict is \(verdict), although there are no limits")
        }
    }

    /// The server's answer to the datagram in `frame` is what is in `answer`, from where it leaves and to where it goes.
    private func compare(_ frame: [UInt8], _ answer: [UInt8]) throws(Violation) {
        let (from, to) = (
            frame.span.endpoint(addressAt: 26, portAt: 34), frame.span.endpoint(addressAt: 30, portAt: 36)
        )
        var configuration = ServerConfiguration(primary: Self.primary, secondary: Self.secondary)
        let unlimited = RateLimit(rate: 1_000_000, burst: 1_000_000)
        configuration.limits.source = unlimited
        configuration.limits.sourceAddress = unlimited
        let machine = try? TeredoServer(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: 1),
            now: ProtocolInstant(nanoseconds: 1_000_000_000_000)
        )
        guard var machine else { throw Violation("the server cannot be made") }
        var verdict: ServerVerdict = .drop(.malformed)
        let payload = Array(frame.dropFirst(42))
        let expected = [UInt8](capacity: 4096) { output in
            verdict = machine.handleDatagram(
                payload.span,
                from: from,
                on: to.address == Self.primary ? .primary : .secondary,
                now: ProtocolInstant(nanoseconds: 1_000_000_000_000),
                into: &output
            )
        }
        guard case .reply(let socket, let destination, _) = verdict else {
            throw Violation("the kernel answers what the server does not: \(verdict)")
        }
        try Violation.unless(
            Array(answer.dropFirst(42)) == expected,
            "the kernel answers with other octets than the server"
        )
        let source = answer.span.endpoint(addressAt: 26, portAt: 34)
        try Violation.unless(
            source == UDPEndpoint(socket == .primary ? Self.primary : Self.secondary, TeredoConstants.udpPort),
            "the kernel answers from \(source)"
        )
        let reached = answer.span.endpoint(addressAt: 30, portAt: 36)
        try Violation.unless(reached == destination, "the kernel answers to \(reached), the server to \(destination)")
    }

    // MARK: The frame

    private mutating func frame() -> [UInt8] {
        let switches = tape.octet()
        let source = UDPEndpoint(IPv4Address(198, 51, 100, tape.octet()), 40_000 + UInt16(tape.octet()))
        var solicitation = encoded { output in
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: switches & 1 != 0)).encode(into: &output)
        }
        let repairsInside = switches & 16 != 0
        isPlain = switches & 0xE0 == 0
        if switches & 0x20 != 0 {
            solicitation = tape.mutated(solicitation)
            if repairsInside { solicitation = ReferenceChecksum.repaired(solicitation) }
        }
        var payload = solicitation
        if switches & 2 != 0 {
            let authentication = AuthenticationEncapsulation(nonce: tape.number64(), confirmation: 0)
            payload = encoded(authentication.encode) + payload
        }
        if switches & 0x40 != 0 { payload = tape.mutated(payload) }
        let to = UDPEndpoint(switches & 4 != 0 ? Self.secondary : Self.primary, TeredoConstants.udpPort)
        var packet = PcapFile.ipv4Packet(payload, from: source, to: to)
        if switches & 0x80 != 0 { packet = tape.mutated(packet) }
        let stations: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        return stations + [8, 0] + packet
    }
}

extension Span<UInt8> {
    fileprivate func endpoint(addressAt address: Int, portAt port: Int) -> UDPEndpoint {
        UDPEndpoint(IPv4Address(rawValue: bigEndianUInt32(at: address)), bigEndianUInt16(at: port))
    }
}
