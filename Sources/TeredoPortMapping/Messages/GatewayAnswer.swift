import TeredoWire

/// What a gateway's service answered to an action.
enum GatewayAnswer: Hashable, Sendable {
    /// It was done.
    case success(body: [UInt8])
    /// It was not, with the error code of UPnP or the status of HTTP.
    case refusal(code: Int)

    /// The error of UPnP for something that is not there (NoSuchEntryInArray).
    static let noSuchEntry = 714
    /// The errors for a port that is forwarded to somebody else (ConflictInMappingEntry, ConflictWithOtherMechanisms).
    static let conflicts: Set<Int> = [718, 729]
    /// The errors that another form of lease does not help against: not authorized, same port required, table full.
    static let definite: Set<Int> = [606, 724, 728]

    init(_ answer: HTTPAnswer) {
        let code = XMLElements.texts(["errorCode"], in: answer.body)[0].flatMap { Int($0) }
        if answer.isSuccess, code == nil {
            self = .success(body: answer.body)
        } else {
            self = .refusal(code: code ?? answer.status)
        }
    }

    /// The address in the answer to ``GatewayAction/externalAddress``; `nil` when the router is reached at none.
    var externalAddress: IPv4Address? {
        guard case .success(let body) = self else { return nil }
        let text = XMLElements.texts(["NewExternalIPAddress"], in: body)[0]
        return text.flatMap { IPv4Address($0) }.flatMap { PortMapping.isPossible($0) ? $0 : nil }
    }

    /// The host in the answer to ``GatewayAction/specificEntry(external:)``.
    var internalClient: IPv4Address? {
        guard case .success(let body) = self else { return nil }
        return XMLElements.texts(["NewInternalClient"], in: body)[0].flatMap { IPv4Address($0) }
    }
}
