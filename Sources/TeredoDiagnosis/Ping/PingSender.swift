import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// What came of a request of a ping.
enum PingArrival {
    /// The reply; time and path are there when a role sent the request.
    case reply(UInt16, octets: Int, time: Duration?, PingPath?)
    /// Somebody could do nothing with the request.
    case refusal(UInt16, EchoRefusal, by: IPv6Address?)

    /// What a role says; `nil` when nothing came.
    ///
    /// A role that the packets do not pass does not know which role they do pass.
    init?(_ sequence: UInt16, _ answer: ControlPing) {
        if let time = answer.outcome.roundTrip {
            let known = answer.path == .none ? nil : answer.path
            self = .reply(sequence, octets: EchoSocket.length, time: time, known)
        } else if let reason = answer.outcome.reason {
            let refusal = EchoRefusal(answer.outcome.cause ?? .other, reason: reason)
            self = .refusal(sequence, refusal, by: answer.outcome.source)
        } else {
            return nil
        }
    }

    /// What the kernel says.
    init(_ arrival: EchoSocket.Arrival) {
        switch arrival {
        case .reply(let sequence, let octets): self = .reply(sequence, octets: octets, time: nil, nil)
        case .refusal(let refusal, let sequence, let by): self = .refusal(sequence, refusal, by: by)
        }
    }
}

/// Sends the requests of a ping: has the first role send them that can, and else sends them itself.
final class PingSender {
    private let address: IPv6Address
    private let patience: Duration
    private var paths: ArraySlice<String>
    private var role: RoleEcho?
    private var own: KernelEcho?
    /// When requests left that a role could not send.
    private var resent: [UInt16: ProtocolInstant] = [:]

    /// Begins with the first of the roles whose control sockets `paths` names.
    init(to address: IPv6Address, paths: [String], patience: Duration) {
        self.address = address
        self.paths = paths[...]
        self.patience = patience
        advance()
    }

    /// Sends a request; returns why it could not leave.
    func send(sequence: UInt16) throws(ServiceError) -> EchoRefusal? {
        while let role {
            do {
                try role.send(sequence: sequence)
                return nil
            } catch {
                if let refusal = try leave(role) { return refusal }
            }
        }
        return try socket().send(sequence: sequence)
    }

    /// Waits until `deadline` for what comes of any request.
    func receive(until deadline: ProtocolInstant) throws(ServiceError) -> PingArrival? {
        guard let role else { return try socket().receive(until: deadline).map { PingArrival($0) } }
        do {
            return try role.receive(until: deadline)
        } catch {
            _ = try leave(role)
            return nil
        }
    }

    /// When a request left again, if it did; asked once for each that was answered.
    func takeResending(_ sequence: UInt16) -> ProtocolInstant? { resent.removeValue(forKey: sequence) }

    /// Goes on without `role`, and sends again what it did not answer.
    private func leave(_ role: RoleEcho) throws(ServiceError) -> EchoRefusal? {
        advance()
        for sequence in role.outstanding {
            resent[sequence] = MonotonicClock.now
            if let refusal = try send(sequence: sequence) { return refusal }
        }
        return nil
    }

    private func advance() {
        role = nil
        while role == nil, let path = paths.popFirst() {
            role = try? RoleEcho(path: path, address: address, patience: patience)
        }
    }

    private func socket() throws(ServiceError) -> KernelEcho {
        if let own { return own }
        let address = address
        let socket = try ServiceError.wrapping { () throws(SystemError) in try KernelEcho(to: address) }
        own = socket
        return socket
    }
}
