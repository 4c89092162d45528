import TeredoHost
import TeredoLinux
import TeredoWire

/// The side of the role: from a request to an answer.
extension ControlProtocol {
    /// The answer to one line; never throws, because a caller always gets a line: at once, or later when `ping` began one, which
    /// makes this `nil`.
    ///
    /// `subscribe` makes the caller a subscriber, unless there are too many; `settings` are those of the role, if it has any of its
    /// own. Who is not one who `mayChange` them and what comes in is refused that.
    package static func answer(
        _ line: String,
        from source: some ControlSource,
        subscribe: (_ withExchanges: Bool) -> ControlSubscription? = { ControlSubscription(withExchanges: $0) },
        settings: (any ControlledSettings)? = nil,
        mayChange: Bool = true,
        ping: (PingInquiry) throws(ControlError) -> PingStart = { _ in .begun }
    ) -> String? {
        var id: Int?
        do throws(ControlError) {
            let request = try request(in: line)
            id = request.id
            return try answer(request, from: source, subscribe, settings, mayChange, ping)
        } catch {
            return encode(ControlResponse<ControlVersion>(id: id, error: error))
        }
    }

    private static func request(in line: String) throws(ControlError) -> ControlRequest {
        guard let request = try? JSONText.decode(ControlRequest.self, from: line) else {
            let example = #"{"version":\#(version),"id":1,"method":"list"}"#
            throw ControlError(
                code: .malformedRequest,
                message: "the request is not JSON of the form \(example), parameters being whole numbers or text"
            )
        }
        return request
    }

    private static func answer(
        _ request: ControlRequest,
        from source: some ControlSource,
        _ subscribe: (_ withExchanges: Bool) -> ControlSubscription?,
        _ settings: (any ControlledSettings)?,
        _ mayChange: Bool,
        _ ping: (PingInquiry) throws(ControlError) -> PingStart
    ) throws(ControlError) -> String? {
        guard request.version == version else {
            throw ControlError(
                code: .unsupportedVersion,
                message: "version \(request.version) is not supported; this service speaks version \(version)"
            )
        }
        guard let method = ControlMethod(rawValue: request.method) else {
            let known = ControlMethod.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError(code: .unknownMethod, message: "there is no method of this name; known: \(known)")
        }
        let arguments = try arguments(of: request, for: method)
        switch method {
        case .list: return encode(ControlResponse(id: request.id, result: ControlMethodList()))
        case .version: return encode(ControlResponse(id: request.id, result: ControlVersion()))
        case .status: return encode(ControlResponse(id: request.id, result: source.status()))
        case .metrics:
            let report = MetricsReport(source.status(), source.measurements(), .current)
            return encode(ControlResponse(id: request.id, result: report))
        case .check:
            guard let check = source.check() else {
                throw ControlError(code: .notAvailable, message: "only a client can be checked")
            }
            return encode(ControlResponse(id: request.id, result: check))
        case .peers:
            guard let list = peers(arguments, from: source) else {
                throw ControlError(code: .notAvailable, message: "this role has no peers: it is a server, or dormant")
            }
            return encode(ControlResponse(id: request.id, result: list))
        case .ping:
            let inquiry = try inquiry(request.id, arguments, of: source)
            guard case .refused(let refusal) = try ping(inquiry) else { return nil }
            let path = PingPath(to: inquiry.address, from: source)
            return answer(inquiry, with: ControlPing(path, refusal, by: nil))
        case .subscribe:
            let withExchanges = arguments[ControlParameter.exchangeEvents.name] == .number(1)
            guard let subscription = subscribe(withExchanges) else {
                throw ControlError(code: .limitReached, message: "there are already as many subscribers as are allowed")
            }
            return encode(ControlResponse(id: request.id, result: subscription))
        case .reload:
            guard let result = settings?.reload() else {
                throw ControlError(code: .notAvailable, message: "the role was started without a settings file")
            }
            return encode(ControlResponse(id: request.id, result: result))
        case .settings: return encode(ControlResponse(id: request.id, result: try existing(settings).report))
        case .set:
            try require(mayChange, to: "change settings")
            guard case .settings(let text) = arguments[ControlParameter.settingChanges.name] else {
                throw ControlError(
                    code: .invalidParameters,
                    message: "\(method) needs the parameter changes, \(ControlParameter.settingChanges.allowed)"
                )
            }
            return encode(ControlResponse(id: request.id, result: try existing(settings).change(text)))
        case .drain:
            try require(mayChange, to: "end the role")
            let isCancelled = arguments[ControlParameter.drainCancel.name] == .number(1)
            let isConditional = arguments[ControlParameter.drainIfAnnounced.name] == .number(1)
            let order: DrainOrder = isCancelled ? .cancel : isConditional ? .beginIfAnnounced : .begin
            return encode(ControlResponse(id: request.id, result: try source.drain(order)))
        case .allow, .deny:
            try require(mayChange, to: "change what comes in")
            guard case .rule(let rule) = arguments[ControlParameter.inboundRule.name] else {
                throw ControlError(
                    code: .invalidParameters,
                    message: "\(method) needs the parameter rule, \(ControlParameter.inboundRule.allowed)"
                )
            }
            let result = try source.changeInbound(method == .allow ? .allow(rule) : .deny(rule))
            return encode(ControlResponse(id: request.id, result: result))
        }
    }

    private static func require(_ mayChange: Bool, to action: String) throws(ControlError) {
        guard mayChange else {
            throw ControlError(code: .notPermitted, message: "only root and the user of the role may \(action)")
        }
    }

    private static func existing(_ settings: (any ControlledSettings)?) throws(ControlError) -> any ControlledSettings {
        guard let settings else {
            throw ControlError(
                code: .notAvailable,
                message: "this client serves one command of 'teredo run', and keeps no settings to show or change"
            )
        }
        return settings
    }

    /// The answer to a ping that ended.
    static func answer(_ inquiry: PingInquiry, with result: ControlPing) -> String {
        encode(ControlResponse(id: inquiry.id, result: result))
    }

    private static func inquiry(
        _ id: Int?,
        _ arguments: [String: ControlArgument],
        of source: some ControlSource
    ) throws(ControlError) -> PingInquiry {
        guard case .address(let address) = arguments[ControlParameter.pingAddress.name] else {
            throw ControlError(code: .invalidParameters, message: "ping needs the parameter address, an IPv6 address")
        }
        guard source.peer(address) != nil else {
            throw ControlError(code: .notAvailable, message: "this role has no interface: it is a server, or dormant")
        }
        if let obstacle = source.pingObstacle { throw ControlError(code: .notAvailable, message: obstacle) }
        var milliseconds = ControlParameter.usualPingTimeout
        if case .number(let number) = arguments[ControlParameter.pingTimeout.name] { milliseconds = number }
        return PingInquiry(id: id, address: address, timeout: .milliseconds(milliseconds))
    }

    private static func peers(_ arguments: [String: ControlArgument], from source: some ControlSource) -> PeerList? {
        if case .address(let address) = arguments[ControlParameter.peerAddress.name] { return source.peer(address) }
        guard case .number(let limit) = arguments[ControlParameter.peerLimit.name] else {
            return source.peers(limit: ControlParameter.usualPeerLimit)
        }
        return source.peers(limit: limit)
    }

    private static func arguments(
        of request: ControlRequest,
        for method: ControlMethod
    ) throws(ControlError) -> [String: ControlArgument] {
        let parameters = request.parameters ?? [:]
        var arguments: [String: ControlArgument] = [:]
        for name in parameters.keys.sorted() {
            guard let parameter = method.parameters.first(where: { $0.name == name }) else {
                let known = method.parameters.map(\.name).joined(separator: ", ")
                throw ControlError(
                    code: .invalidParameters,
                    message: "the method \(method) has no parameter \(name.prefix(64)); "
                        + (known.isEmpty ? "it takes none" : "it takes \(known)")
                )
            }
            guard let argument = parameters[name].flatMap(parameter.argument) else {
                throw ControlError(
                    code: .invalidParameters,
                    message: "\(name) has to be \(parameter.allowed)"
                )
            }
            arguments[name] = argument
        }
        return arguments
    }
}
