import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/nat-matrix.md: RFC 6081 alone, for every ordered pair of NATs.
@Suite struct TraversalMatrixTests {
    /// RFC 6081 figure 1, N0 added by equivalence with FC: what a cell needs beyond
    /// RFC 4380, "yes" for nothing. The row sends first.
    static let printed: [NATKind: [String]] = {
        let rows = [
            "yes yes yes yes yes SNS      SNS    SNS    SNS SNS",
            "yes yes yes yes yes SNS      SNS    SNS    SNS SNS",
            "yes yes yes yes yes SNS      SNS    SNS    SNS no",
            "yes yes yes yes yes no       SNS+PP SNS+SS no  no",
            "yes yes yes yes yes SNS+UPnP no     no     no  no",
            "SNS SNS SNS no  SNS+UPnP SNS+UPnP no no    no  no",
            "SNS SNS SNS SNS+PP no no     SNS+PP SNS+SS no  no",
            "SNS SNS SNS SNS+SS no no     no     no     no  no",
            "SNS SNS SNS no  no  no       no     no     no  no",
            "SNS SNS no  no  no  no       no     no     no  no",
        ]
        let cells = rows.map { $0.split(separator: " ").map(String.init) }
        return Dictionary(uniqueKeysWithValues: zip(NATMatrix.kinds, cells))
    }()

    static func printed(_ source: NATKind, _ destination: NATKind) -> String {
        guard let row = printed[source], let column = NATMatrix.kinds.firstIndex(of: destination) else { return "" }
        return row[column]
    }

    struct Pair: Hashable, Sendable, CustomStringConvertible {
        let source: NATKind
        let destination: NATKind
        var description: String { "\(source.abbreviation) to \(destination.abbreviation)" }
    }

    static let pairs = NATMatrix.kinds.flatMap { source in
        NATMatrix.kinds.map { Pair(source: source, destination: $0) }
    }

    static func isPrinted(_ pair: Pair) -> Bool { printed(pair.source, pair.destination) != "no" }

    static func reachable(_ matrix: NATMatrix) throws -> Set<Pair> {
        var reachable: Set<Pair> = []
        for pair in pairs {
            let cell = try matrix.cell(pair.source, pair.destination, authenticator: HMACSHA1Authenticator())
            if cell.isConnected { reachable.insert(pair) }
        }
        return reachable
    }

    static func matrix(_ change: @escaping @Sendable (inout ClientExtensions) -> Void) -> NATMatrix {
        var matrix = NATMatrix(.rfc6081)
        matrix.adjustClient = { change(&$0.extensions) }
        return matrix
    }

    static let expected = Set(pairs.filter { NATMatrix.reachesDirectly($0.source, $0.destination) })

    @Test(
        "We reach whom RFC 6081 figure 1 says, and symmetric NATs behind which nobody else is reached too"
    )
    func figure() {
        #expect(Self.printed.values.allSatisfy { $0.count == NATMatrix.kinds.count })
        let figure = Set(Self.pairs.filter(Self.isPrinted))
        #expect(figure.isSubset(of: Self.expected))
        // The port that a UPR router forwards lets everybody in, and its other side keeps its mapping: a full cone.
        let better = Self.expected.subtracting(figure)
        let symmetric: [NATKind] = [.portPreservingSymmetric, .sequentialSymmetric, .symmetric, .addressSymmetric]
        let reasons = symmetric.flatMap {
            [
                Pair(source: .portRestrictedMapped, destination: $0),
                Pair(source: $0, destination: .portRestrictedMapped),
            ]
        }
        #expect(better == Set(reasons))
    }

    @Test(
        "Exactly the cells of the table connect, in time; the others end with an error in 8 to 10 s",
        arguments: NATMatrix.kinds
    )
    func cells(source: NATKind) throws {
        let matrix = NATMatrix(.rfc6081)
        for destination in NATMatrix.kinds {
            let pair = Pair(source: source, destination: destination)
            let cell = try matrix.cell(source, destination, authenticator: HMACSHA1Authenticator())
            switch cell {
            case .connected(let time):
                #expect(Self.expected.contains(pair), "\(pair)")
                #expect(time <= Self.limit(pair), "\(pair): \(time)")
            case .unreachable(let time):
                #expect(!Self.expected.contains(pair), "\(pair)")
                #expect((.seconds(8)...(.seconds(10))).contains(time), "\(pair): \(time)")
            case .offline, .silent:
                Issue.record("\(pair): \(cell)")
            }
        }
    }

    /// The cost in round trips, with the ping itself; a round trip is 40 ms and what the LANs add.
    static func limit(_ pair: Pair) -> Duration {
        let roundTrip = Duration.milliseconds(44)
        let isSequential = pair.source == .sequentialSymmetric || pair.destination == .sequentialSymmetric
        switch printed(pair.source, pair.destination) {
        case "yes": return roundTrip * 3
        case "SNS+SS": return .seconds(2) + roundTrip * 2
        case "SNS+PP": return .seconds(2)
        // No such cell needs the extra 2 s that it may take.
        default: return roundTrip * (pair.source.isSymmetric || isSequential ? 4 : 3)
        }
    }

    @Test(
        "Who cannot be reached costs at most four bubble decisions in 300 s, however much is sent",
        arguments: [
            Pair(source: .portRestricted, destination: .symmetric),
            Pair(source: .symmetric, destination: .portRestricted),
            Pair(source: .symmetric, destination: .symmetric),
            Pair(source: .addressSymmetric, destination: .addressRestricted),
            Pair(source: .sequentialSymmetric, destination: .portPreservingSymmetric),
            Pair(source: .symmetricMapped, destination: .addressSymmetric),
        ]
    )
    func unreachableIsQuiet(pair: Pair) throws {
        let internet = try internet(pair.source, pair.destination) { options in
            options.adjustClient = { TraversalMeans.rfc6081.configure(&$0) }
        }
        #expect(internet.qualify())
        internet.run(for: .seconds(1))
        let row = internet.trace.count
        for number in 0..<290 {
            internet.send([UInt8(truncatingIfNeeded: number)], from: .clientA, to: .clientB)
            internet.run(for: .seconds(1))
        }
        let exchange = internet.trace.dropFirst(row)
        // A client also sends bubbles to itself, which test its mapping (A7); they cost the peer nothing.
        func indirectBubbles(from sender: HostName, to receiver: HostName) throws -> [TraceEntry] {
            let address = try #require(internet.address(of: receiver))
            return exchange.filter {
                $0.sender == sender.rawValue && $0.meaning.hasPrefix("indirect bubble")
                    && (try? TeredoDatagram(validating: $0.bytes))?.header.destination == address
            }
        }
        let indirect = try indirectBubbles(from: .clientA, to: .clientB)
        // One decision may be an echo test that ends without an answer and its bubble.
        #expect((1...4).contains(indirect.count), "\(indirect.count)")
        let answers = try indirectBubbles(from: .clientB, to: .clientA)
        #expect(answers.count <= 4, "\(answers.count)")
        #expect(internet.stack(of: .clientB).arrivals.isEmpty)
    }

    // MARK: Two servers

    @Test(
        "With two strict servers and RFC 6081 alone no client behind a symmetric NAT can begin, as printed"
    )
    func twoStrictServers() throws {
        var matrix = NATMatrix(.rfc6081)
        matrix.usesTwoServers = true
        // The indirect bubble of a symmetric client is refused by the other's server; so is the one with which it would
        // answer, which port prediction needs.
        let predicted: Set<String> = ["SNS+PP", "SNS+SS"]
        let expected = Self.expected.filter {
            !$0.source.isSymmetric && !predicted.contains(Self.printed($0.source, $0.destination))
        }
        #expect(try Self.reachable(matrix) == expected)
    }

    @Test(
        "With two strict servers the sender trailer carries everybody but who sends from another IPv4 address each time"
    )
    func twoServersWithSenderTrailer() throws {
        var matrix = NATMatrix(.direct)
        matrix.usesTwoServers = true
        #expect(try Self.reachable(matrix) == Self.expected.filter { $0.source != .addressSymmetric })
    }

    @Test("S7b-t: with two tolerant servers the sender trailer is not needed", arguments: [false, true])
    func twoTolerantServers(isStrict: Bool) throws {
        var reachable: Set<Pair> = []
        for pair in Self.pairs {
            let internet = try internet(pair.source, pair.destination) { options in
                options.fleet.usesTwoServers = true
                options.recordsTrace = false
                options.adjustClient = { TraversalMeans.rfc6081.configure(&$0) }
                options.fleet.adjustServer = { $0.toleratesPortMismatch = !isStrict }
            }
            #expect(internet.qualify(within: .seconds(30)))
            if internet.ping(from: .clientA, to: .clientB).isReply { reachable.insert(pair) }
        }
        if isStrict {
            #expect(reachable.isSubset(of: Self.expected) && !reachable.contains { $0.source.isSymmetric })
        } else {
            #expect(reachable == Self.expected.filter { $0.source != .addressSymmetric })
        }
    }

    // MARK: Each extension alone

    static let plain = Set(pairs.filter { !$0.source.isSymmetric && !$0.destination.isSymmetric })

    @Test("RFC 6081 5.2: without symmetric NAT support only RFC 4380 is left; with it alone, the cells that say SNS")
    func symmetricNATSupport() throws {
        #expect(try Self.reachable(Self.matrix { $0.symmetricNAT = false }) == Self.plain)
        let alone = try Self.reachable(
            Self.matrix {
                $0 = .none
                $0.symmetricNAT = true
                $0.portMappedSymmetricNAT = false
                $0.portPreservingSymmetricNAT = false
                $0.sequentialSymmetricNAT = false
                $0.hairpinning = .off
            }
        )
        let needsMore: Set<String> = ["SNS+PP", "SNS+SS", "SNS+UPnP"]
        // A forwarded port on a NAT that keeps its mapping needs no extension at all.
        let expected = Self.expected.filter {
            !needsMore.contains(Self.printed($0.source, $0.destination))
                || $0.source == .portRestrictedMapped || $0.destination == .portRestrictedMapped
        }
        #expect(alone == expected)
    }

    @Test("RFC 6081 5.3: without UPnP support exactly the pair of two forwarding symmetric NATs is lost")
    func portMapped() throws {
        let lost = Self.expected.subtracting(try Self.reachable(Self.matrix { $0.portMappedSymmetricNAT = false }))
        #expect(lost == [Pair(source: .symmetricMapped, destination: .symmetricMapped)])
    }

    @Test(
        "RFC 6081 5.4, 5.5: without port-preserving support the cells that say PP or SS are lost; without sequential, SS"
    )
    func portPrediction() throws {
        let predicted = Self.expected.filter { ["SNS+PP", "SNS+SS"].contains(Self.printed($0.source, $0.destination)) }
        #expect(predicted.count == 6)
        let withoutPorts = try Self.reachable(Self.matrix { $0.portPreservingSymmetricNAT = false })
        #expect(Self.expected.subtracting(withoutPorts) == predicted)
        let withoutSequential = try Self.reachable(Self.matrix { $0.sequentialSymmetricNAT = false })
        let sequential = predicted.filter { Self.printed($0.source, $0.destination) == "SNS+SS" }
        #expect(Self.expected.subtracting(withoutSequential) == sequential)
    }

    @Test(
        "RFC 6081 5.3 to 5.5: each extension, with those that it depends on and no other, adds exactly its cells",
        arguments: [("UPnP", ["SNS+UPnP"]), ("PP", ["SNS+PP"]), ("PP and SS", ["SNS+PP", "SNS+SS"])]
    )
    func alone(name: String, gained: [String]) throws {
        let reachable = try Self.reachable(
            Self.matrix {
                $0 = .none
                $0.symmetricNAT = true
                $0.hairpinning = .off
                $0.portMappedSymmetricNAT = name == "UPnP"
                $0.portPreservingSymmetricNAT = name != "UPnP"
                $0.sequentialSymmetricNAT = name == "PP and SS"
            }
        )
        let expected = Self.expected.filter { pair in
            let need = Self.printed(pair.source, pair.destination)
            let isOpen = pair.source == .portRestrictedMapped || pair.destination == .portRestrictedMapped
            return isOpen || ["yes", "SNS"].contains(need) || gained.contains(need)
        }
        #expect(reachable == expected)
    }

    @Test("RFC 6081 5.6, 5.7: without hairpinning and server load reduction nobody behind different NATs is lost")
    func others() throws {
        let matrix = Self.matrix {
            $0.hairpinning = .off
            $0.serverLoadReduction = false
        }
        #expect(try Self.reachable(matrix) == Self.expected)
    }
}
