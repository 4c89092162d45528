import CTeredoLinux
import Glibc
import TeredoWire

/// A command that waits to be started in user, network, mount and process namespaces of its own.
///
/// The descriptors belong to the network namespace inside although this process is outside; as the owner of the user
/// namespace it may configure that network. Everything inside ends with the command, and when this process does.
package final class IsolatedCommand: Sendable {
    /// Why there is no isolation.
    package struct Failure: Error, Hashable, Sendable {
        /// What was being made.
        package let step: Step
        /// The error of the system.
        package let error: SystemError
    }

    /// A step of making an isolation.
    package enum Step: Hashable, Sendable {
        /// The namespaces, or the process's identity in them.
        case namespaces
        /// The device of the interface.
        case device
        /// Mounts, loopback and sockets.
        case interior
    }

    /// Becomes readable when everything inside has ended.
    package let descriptor: CInt
    /// A netlink socket of the namespace.
    package let netlink: CInt
    /// A netlink socket that hears of changes in the namespace.
    let monitor: CInt
    /// A socket of the namespace for its packet filters.
    package let netfilter: CInt
    let tun: CInt
    /// The first process inside.
    package let processIdentifier: CInt
    private let names: [CInt]
    private let resolver: ResolverConfiguration

    /// Makes the namespaces for a command; call it before any thread is started.
    package init(_ command: [String], resolver: ResolverConfiguration) throws(Failure) {
        var isolation = teredo_isolation()
        let servers = CInt(resolver.nameServers.count)
        let result = unsafe ChildProcess.withCStrings(command) {
            unsafe teredo_isolate(&isolation, resolver.forwardedFile, servers, $0)
        }
        guard result == 0 else { throw Self.failure(isolation.step, isolation.code) }
        descriptor = isolation.channel
        netlink = isolation.netlink
        monitor = isolation.monitor
        netfilter = isolation.netfilter
        tun = isolation.tun
        processIdentifier = isolation.pid
        names = unsafe withUnsafeBytes(of: &isolation.names) {
            unsafe Array($0.bindMemory(to: CInt.self).prefix(2 * Int(servers)))
        }
        self.resolver = resolver
    }

    deinit {
        // Without the octet that starts it the first process inside ends.
        _ = close(descriptor)
        _ = close(netlink)
        _ = close(netfilter)
    }

    /// Forwards questions for names, on a thread of its own that lasts as long as this process.
    package func forwardNames() throws(SystemError) {
        let names = names
        let servers = resolver.nameServers.map { teredo_name_server(address: $0.rawValue, port: 53) }
        _ = try WorkerThread(name: "names") { unsafe teredo_forward_names(names, servers, CInt(servers.count)) }
    }

    /// Starts the command.
    package func start() {
        var go: UInt8 = 1
        _ = unsafe send(descriptor, &go, 1, CInt(MSG_NOSIGNAL))
    }

    /// Hands a signal to the command.
    package func signal(_ number: CInt) { _ = kill(processIdentifier, number) }

    /// Waits for the end and returns the exit status of the command, 128 + n after signal n.
    package func wait() -> CInt { teredo_isolation_wait(processIdentifier) }

    private static func failure(_ step: CInt, _ code: CInt) -> Failure {
        let (kind, call, subject): (Step, String, String) =
            switch UInt32(step) {
            case TEREDO_ISOLATION_NAMESPACES.rawValue: (.namespaces, "clone", "namespaces")
            case TEREDO_ISOLATION_IDENTITY.rawValue: (.namespaces, "uid_map", "user namespace")
            case TEREDO_ISOLATION_TUN.rawValue: (.device, "open", "/dev/net/tun")
            case TEREDO_ISOLATION_MOUNTS.rawValue: (.interior, "mount", "/etc/resolv.conf inside the namespace")
            case TEREDO_ISOLATION_LOOPBACK.rawValue:
                (.interior, "ioctl(SIOCSIFFLAGS)", "loopback interface inside the namespace")
            case TEREDO_ISOLATION_NETLINK.rawValue: (.interior, "socket", "netlink inside the namespace")
            case TEREDO_ISOLATION_NAMES.rawValue: (.interior, "bind", "port 53 inside the namespace")
            default: (.interior, "recvmsg", "first process inside the namespace")
            }
        return Failure(step: kind, error: SystemError(call, subject, code: code))
    }
}
