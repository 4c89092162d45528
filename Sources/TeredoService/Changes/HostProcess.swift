import TeredoHost
import TeredoLinux

/// The process that changes the network of the host, from the role's side (``HostService``): the role itself needs no capability for
/// it (SEC-63).
final class HostProcess: HostChanging {
    private let channel: MessageChannel
    private let child: ChildProcess
    /// It ended, or does not answer.
    private(set) var isGone = false

    /// Starts the process; call it while the role has its privileges.
    init(_ limits: HostLimits) throws(ServiceError) {
        // The filter stays until this role has ended too.
        let given = (try? SharedFilterSocket()).map { [$0.descriptor] } ?? []
        do {
            let (near, far) = try MessageChannel.pair(limit: HostService.messageLimit)
            channel = near
            child = try ChildProcess(
                ["teredo", HostService.word] + given.map { _ in HostService.filterWord } + limits.words,
                program: "/proc/self/exe",
                directory: "/",
                input: far.descriptor,
                output: .descriptors(output: StandardStream.error.rawValue, error: StandardStream.error.rawValue),
                given: given
            )
        } catch {
            throw ServiceError(
                "the process that changes addresses and routes cannot be started: \(error)",
                remedy: Self.remedy
            )
        }
        switch channel.receive(limit: Self.startLimit) {
        case .text(HostService.ready): return
        case .text(let problem):
            throw ServiceError("the process that changes addresses and routes: \(problem)", remedy: Self.remedy)
        case .garbage, .closed, nil:
            child.terminate(grace: .zero)
            throw ServiceError("the process that changes addresses and routes does not answer", remedy: Self.remedy)
        }
    }

    deinit {
        // It undoes what it did and ends when it sees that.
        channel.close()
        _ = child.wait(limit: .seconds(2))
    }

    /// The descriptor, for event loops: readable when the process is gone.
    var descriptor: CInt { channel.descriptor }

    func answer(to change: HostChange) -> HostAnswer { ask(.change(change)).answer }

    /// Has the interface made, whose name the process was told at its start.
    func makeInterface(offloads: Set<Offload>, hasQueues: Bool) throws(SystemError) -> TUNDevice {
        let hasHeader = TUNDevice.hasHeader(for: offloads)
        let (answer, descriptor) = ask(.makeInterface(hasQueues: hasQueues, hasHeader: hasHeader))
        switch answer {
        case .done:
            guard let descriptor else { throw .refusedChange("no interface came back") }
            return try TUNDevice(adopting: descriptor, offloads: offloads)
        case .failed(let error): throw error
        case .refused(let problem): throw .refusedChange(problem)
        case .refusals, .otherFilters, .places: throw .refusedChange("the answer is one to something else")
        }
    }

    /// Gives a UDP socket the buffers of a service port, which takes a privilege; where nobody has that, it keeps those that it has.
    func enlargeBuffers(of socket: CInt) { _ = ask(.enlargeBuffers, giving: socket) }

    /// Binds a UDP socket to the service port, which may take a privilege; returns whether it is bound.
    func bind(_ socket: CInt) -> Bool { ask(.bindPort, giving: socket).answer == .done }

    /// Asks, and waits for the answer, for at most `limit`, and for the descriptor that comes with it, which an interface has, and a map.
    func ask(
        _ request: HostRequest,
        giving given: CInt? = nil,
        limit: Duration = answerLimit
    ) -> (answer: HostAnswer, descriptor: CInt?) {
        guard !isGone else { return (.failed(.changerIsGone), nil) }
        let message = request.message
        guard message.utf8.count <= HostService.messageLimit else { return (.failed(.tooManyRules), nil) }
        var taken: CInt?
        guard channel.send(message, descriptor: given),
            case .text(let text) = channel.receive(limit: limit, descriptor: &taken),
            let answer = HostAnswer(message: text)
        else {
            // Whatever it says later would be taken for the answer to something else.
            isGone = true
            channel.close()
            return (.failed(.changerIsGone), nil)
        }
        return (answer, taken)
    }

    private static let remedy = "make sure that /proc is mounted and processes can be started"
    private static let startLimit = Duration.seconds(20)
    /// The kernel answers at once; a busy machine may not.
    static let answerLimit = Duration.seconds(5)
}
