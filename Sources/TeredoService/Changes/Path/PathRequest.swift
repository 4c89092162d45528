import TeredoKernel
import TeredoWire

/// What a role wants of the data path in the kernel; which interfaces and which programs that is about, none of it says.
enum PathRequest: Hashable, Sendable {
    /// The programs are loaded and attached for the UDP socket that comes along, in place of those before; the maps have room for so
    /// many peers and native prefixes.
    case make(peers: Int, natives: Int, mtu: Int, KernelDataPath.Side)
    /// A descriptor of this map comes back.
    case giveMap(KernelPathMap)
    /// This host is this end of the tunnel, whose packets have this MTU in octets.
    case update(mtu: Int, KernelDataPath.Side)
    /// The path is on the interface too that leads to an address.
    case reach(IPv4Address)
    /// The path leaves interfaces that are not suited any longer; those that it is on are told.
    case review
    /// There is no path any more.
    case end

    /// The request as words.
    var message: String {
        switch self {
        case .make(let peers, let natives, let mtu, let side):
            "make-path \(peers) \(natives) \(mtu) \(Self.words(side))"
        case .giveMap(let map): "give-map \(map.rawValue)"
        case .update(let mtu, let side): "update-path \(mtu) \(Self.words(side))"
        case .reach(let address): "reach \(address)"
        case .review: "review-path"
        case .end: "end-path"
        }
    }

    /// Reads a message of a role that may have been taken over; `nil` when it is anything but what ``message`` makes.
    init?(message: String) {
        let words = message.split(separator: " ").map(String.init)
        guard let word = words.first, let request = Self.parse(word, Array(words.dropFirst())),
            request.message == message
        else { return nil }
        self = request
    }

    private static func parse(_ word: String, _ values: [String]) -> Self? {
        let numbers = values.prefix(3).compactMap { Int($0) }
        switch (word, values.count) {
        case ("make-path", 4...5) where numbers.count == 3:
            return side(values.dropFirst(3)).map {
                .make(peers: numbers[0], natives: numbers[1], mtu: numbers[2], $0)
            }
        case ("give-map", 1): return KernelPathMap(rawValue: values[0]).map { .giveMap($0) }
        case ("update-path", 2...3):
            guard let mtu = numbers.first else { return nil }
            return side(values.dropFirst()).map { .update(mtu: mtu, $0) }
        case ("reach", 1): return IPv4Address(values[0]).map { .reach($0) }
        case ("review-path", 0): return .review
        case ("end-path", 0): return .end
        default: return nil
        }
    }

    private static func words(_ side: KernelDataPath.Side) -> String {
        switch side {
        case .client(let own): "client \(own.map(\.description) ?? "none")"
        case .natives: "natives"
        }
    }

    private static func side(_ words: ArraySlice<String>) -> KernelDataPath.Side? {
        switch (words.first, words.count) {
        case ("client", 2):
            guard let last = words.last, last != "none" else { return .client(nil) }
            return IPv6Address(last).map { .client($0) }
        case ("natives", 1): return .natives
        default: return nil
        }
    }
}
