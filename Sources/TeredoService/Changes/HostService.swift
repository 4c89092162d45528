import TeredoHost
import TeredoLinux
import TeredoWire

/// What the process does that changes the network of the host: it takes requests, one after the other, from a role that it does not
/// trust, and ends with that.
package final class HostService {
    private let changer: HostChanger
    private let channel: MessageChannel
    /// Whether it is this process that makes the interface.
    private let makesInterface: Bool
    /// The only one that sockets of the role are bound to.
    private let port: UDPEndpoint?
    private var refusals = 0

    /// The first word of the command line that makes the program this process instead of a command.
    package static let word = "host-changer"
    /// The word before the limits when descriptor 3 is a socket for packet filters that the role holds too.
    static let filterWord = "shared-filter"
    static let ready = "ready"
    /// The longest message in octets: a filter with many rules, or what it refused.
    static let messageLimit = 65_536
    /// How many requests that are refused the log has.
    static let logLimit = 20

    /// Prepares to change what `limits` say, as the other end of the channel asks for it.
    ///
    /// `filterSocket` is one that the role holds too.
    init(_ limits: HostLimits, _ channel: MessageChannel, filterSocket: CInt? = nil) {
        changer = HostChanger(limits, filterSocket: filterSocket)
        self.channel = channel
        makesInterface = limits.index == nil
        port = limits.port
    }

    /// Is the process for the words of a command line after ``word``, with the role at standard input; returns the exit status.
    package static func main(_ words: [String]) -> Int32 {
        let isFilterShared = words.first == filterWord
        guard let limits = HostLimits(words: isFilterShared ? Array(words.dropFirst()) : words),
            let channel = try? MessageChannel(descriptor: 0, limit: messageLimit), channel.isConnected
        else {
            log("it is started by roles only")
            return 64
        }
        HelperProcess.prepare(name: "teredo-host")
        ProcessPrivileges.usePermitted()
        do throws(SystemError) {
            try ProcessPrivileges.reduce(to: limits.capabilities, user: nil)
        } catch {
            // A sandbox may forbid even this; whoever made it has bounded the privileges already.
            guard !SystemUser.isCurrentRoot else {
                _ = channel.send("\(error)")
                return 1
            }
            log("privileges stay as they were at the start: \(error)")
        }
        ProcessPrivileges.hideMemory()
        confine(limits)
        HostService(limits, channel, filterSocket: isFilterShared ? 3 : nil).serve()
        return 0
    }

    /// Leaves this process what ``HostLimits/confinement`` says: netlink, the settings of the kernel for interfaces and, if the role
    /// wants that, the device for making one, and programs in the kernel.
    static func confine(_ limits: HostLimits) {
        let confinement = limits.confinement
        do { _ = try confinement.enforceFiles() } catch { log("files are not confined: \(error)") }
        do { try confinement.enforceCalls() } catch { log("system calls are not confined: \(error)") }
    }

    /// Does what the other end asks for until that is gone, and undoes then what outlives both.
    func serve() {
        defer { changer.undo() }
        guard channel.send(Self.ready) else { return }
        while true {
            var descriptor: CInt?
            let input = channel.receive(descriptor: &descriptor)
            defer { if let descriptor { _ = try? OwnedFileDescriptor(descriptor, "dup", Self.word) } }
            guard case .text(let message) = input else {
                guard input == .garbage, channel.send(refuse("no text, or too much of it").message) else { return }
                continue
            }
            guard handle(message, descriptor) else { return }
        }
    }

    /// Answers a message; `false` when nobody is there to hear it.
    private func handle(_ message: String, _ descriptor: CInt?) -> Bool {
        switch HostRequest(message: message) {
        case .change(let change): return tell(changer.answer(to: change))
        case .makeInterface(let hasQueues, let hasHeader):
            guard makesInterface else { return tell(.refused("another interface is not for this role")) }
            do throws(SystemError) {
                let made = try changer.makeInterface(hasQueues: hasQueues, hasHeader: hasHeader)
                return channel.send(HostAnswer.done.message, descriptor: made.rawValue)
            } catch {
                return tell(.failed(error))
            }
        case .enlargeBuffers:
            guard let descriptor, UDPSocket.isSocket(descriptor) else {
                return tell(.refused("buffers of anything but a UDP socket"))
            }
            do throws(SystemError) { try UDPSocket.enlargeBuffers(of: descriptor) } catch {
                return tell(.failed(error))
            }
            return tell(.done)
        case .bindPort:
            guard let port, let descriptor, UDPSocket.isSocket(descriptor) else {
                return tell(.refused("a port of its own, or for anything but a UDP socket"))
            }
            do throws(SystemError) { try UDPSocket.bind(descriptor, port) } catch { return tell(.failed(error)) }
            return tell(.done)
        case .path(let request):
            let (answer, given) = changer.answer(to: request, socket: descriptor)
            guard let given else { return tell(answer) }
            return channel.send(answer.message, descriptor: given)
        case nil: return tell(.refused("no request that is known"))
        }
    }

    private func tell(_ answer: HostAnswer) -> Bool {
        if case .refused(let problem) = answer { return channel.send(refuse(problem).message) }
        return channel.send(answer.message)
    }

    // A role that asks for anything else has been taken over: whoever reads the log must learn of it from here.
    private func refuse(_ problem: String) -> HostAnswer {
        refusals += 1
        if refusals < Self.logLimit { Self.log("refused: \(problem)") }
        if refusals == Self.logLimit { Self.log("refused: \(problem); further ones are not logged") }
        return .refused(problem)
    }

    private static func log(_ text: String) { StandardStream.error.write(line: "\(word): \(text)") }
}
