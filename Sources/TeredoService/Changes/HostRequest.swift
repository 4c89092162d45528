/// What a role asks of the process that changes the network for it.
enum HostRequest: Hashable, Sendable {
    /// A change.
    case change(HostChange)
    /// The interface is made, and its descriptor comes back: with queues for several threads or not, with a header before
    /// packets or not.
    case makeInterface(hasQueues: Bool, hasHeader: Bool)
    /// The UDP socket that comes along gets the buffers of a service port, whatever the system allows others.
    case enlargeBuffers
    /// The UDP socket that comes along is bound to the service port.
    case bindPort
    /// Something of the data path in the kernel.
    case path(PathRequest)

    /// The request as words.
    var message: String {
        switch self {
        case .change(let change): change.message
        case .makeInterface(let hasQueues, let hasHeader):
            "make-interface \(hasQueues ? "queues" : "queue") \(hasHeader ? "header" : "no-header")"
        case .enlargeBuffers: "enlarge-buffers"
        case .bindPort: "bind-port"
        case .path(let request): request.message
        }
    }

    /// Reads a message of a role that may have been taken over; `nil` when it is anything but what ``message`` makes.
    init?(message: String) {
        let all = [false, true].flatMap { queues in
            [false, true].map { Self.makeInterface(hasQueues: queues, hasHeader: $0) }
        }
        if let request = (all + [.enlargeBuffers, .bindPort]).first(where: { $0.message == message }) {
            self = request
        } else if let request = PathRequest(message: message) {
            self = .path(request)
        } else {
            guard let change = HostChange(message: message) else { return nil }
            self = .change(change)
        }
    }
}
