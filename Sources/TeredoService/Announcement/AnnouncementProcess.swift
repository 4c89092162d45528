import TeredoHost
import TeredoLinux

/// The process that keeps the announcement of a role, from the role's side (``AnnouncementService``).
final class AnnouncementProcess {
    private let channel: MessageChannel
    private let child: ChildProcess

    /// Starts the process; call it while the role has its privileges.
    ///
    /// The routes lead to the interface with this index, or to one of the process's own.
    init(_ prefixes: [AnnouncedPrefix], table: Int, interface: Int32?) throws(ServiceError) {
        do {
            let (near, far) = try MessageChannel.pair()
            channel = near
            child = try ChildProcess(
                ["teredo", AnnouncementService.word, "\(table)", "\(interface ?? 0)"] + prefixes.map(\.description),
                program: "/proc/self/exe",
                directory: "/",
                input: far.descriptor,
                output: .descriptors(output: StandardStream.error.rawValue, error: StandardStream.error.rawValue)
            )
        } catch {
            throw ServiceError("--announce-table: the process for it cannot be started: \(error)", remedy: Self.remedy)
        }
        switch channel.receive(limit: Self.startLimit) {
        case .text(AnnouncementService.ready): return
        case .text(let problem): throw ServiceError("--announce-table: \(problem)", remedy: Self.remedy)
        case .garbage, .closed, nil:
            child.terminate(grace: .zero)
            throw ServiceError("--announce-table: the process for it does not answer", remedy: Self.remedy)
        }
    }

    deinit {
        // It withdraws and ends when it sees that.
        channel.close()
        _ = child.wait(limit: .seconds(2))
    }

    /// The descriptor, for the event loop.
    var descriptor: CInt { channel.descriptor }

    /// Says what is to be done; what is not taken is no matter, because it is repeated.
    func give(_ message: AnnouncementMessage) { _ = channel.sendNow(message.text) }

    /// What the process said, if anything, within `limit`.
    func answer(limit: Duration = .zero) -> MessageChannel.Input? { channel.receive(limit: limit) }

    private static let remedy =
        "it takes CAP_NET_ADMIN, /proc, and for a server /dev/net/tun; or leave announce-table out (docs/fleet.md)"
    private static let startLimit = Duration.seconds(20)
}
