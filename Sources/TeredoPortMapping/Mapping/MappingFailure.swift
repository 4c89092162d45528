public import TeredoWire

/// Why there is no port mapping; the later a case stands the more it tells.
public enum MappingFailure: Hashable, Sendable, CustomStringConvertible {
    /// The router answers in none of the protocols that were tried.
    case silent
    /// The router answers, but does not speak the protocol.
    case unsupported(MappingProtocol)
    /// A description was found, but no service in it that maps ports.
    case noService
    /// The router took longer than ten seconds, or closed the connection.
    case unfinished(MappingProtocol)
    /// The router would forward the port, but does not say where it is reached from outside.
    case addressUnknown(MappingProtocol)
    /// The router says that it forwards another port again and again.
    case unsettled(MappingProtocol)
    /// The router said no, with the code of the protocol (RFC 6887 section 7.4, RFC 6886 section 3.5, WANIPConnection:2 section
    /// 2.5).
    case refused(MappingProtocol, code: Int)
    /// The router forwards the port to somebody else; who that is when it says so.
    case portTaken(UInt16, by: IPv4Address?)

    /// Whether the router said nothing that forbids it: it does not speak the protocol.
    public var isSilence: Bool {
        switch self {
        case .silent, .unsupported: true
        case .noService, .unfinished, .addressUnknown, .unsettled, .refused, .portTaken: false
        }
    }

    /// What there is to say about it.
    public var description: String {
        switch self {
        case .silent: "the router speaks neither PCP, NAT-PMP nor UPnP"
        case .unsupported(let mappingProtocol): "the router does not speak \(mappingProtocol.name)"
        case .noService: "the router's UPnP service maps no ports"
        case .unfinished(let mappingProtocol): "the router did not finish what was asked by \(mappingProtocol.name)"
        case .addressUnknown(let mappingProtocol):
            "the router does not know its external address (\(mappingProtocol.name))"
        case .unsettled(let mappingProtocol):
            "the router forwards another port each time (\(mappingProtocol.name))"
        case .refused(let mappingProtocol, let code):
            "the router refused \(mappingProtocol.name) (\(Self.name(of: code, in: mappingProtocol)))"
        case .portTaken(let port, let owner):
            "the router forwards port \(port) to another host" + (owner.map { ", \($0)" } ?? "")
        }
    }

    /// The one of two that tells more, the first one of equals.
    func orBetter(_ other: Self?) -> Self {
        guard let other else { return self }
        return other.weight > weight ? other : self
    }

    private var weight: Int {
        switch self {
        case .silent: 0
        case .unsupported: 1
        case .noService: 2
        case .unfinished: 3
        case .addressUnknown: 4
        case .unsettled: 5
        case .refused: 6
        case .portTaken: 7
        }
    }

    /// The result codes of RFC 6887 section 7.4, RFC 6886 section 3.5, and WANIPConnection:2 section 2.5.
    private static func name(of code: Int, in mappingProtocol: MappingProtocol) -> String {
        let names: [Int: String] =
            switch mappingProtocol {
            case .pcp:
                [
                    1: "unsupported version", 2: "not authorized", 3: "malformed request", 4: "unsupported operation",
                    7: "network failure", 8: "no resources", 9: "unsupported protocol", 10: "quota exceeded",
                    11: "external port not available", 12: "address mismatch",
                ]
            case .natPMP:
                [2: "not authorized", 3: "network failure", 4: "out of resources", 5: "unsupported operation"]
            case .upnp:
                [
                    401: "invalid action", 402: "invalid arguments", 501: "action failed", 606: "not authorized",
                    718: "conflict", 724: "same port required", 725: "permanent mappings only", 728: "table full",
                    729: "conflict with another mechanism",
                ]
            }
        return names[code].map { "\($0), \(code)" } ?? "code \(code)"
    }
}
