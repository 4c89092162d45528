import Glibc
import Synchronization
import TeredoLinux
import Testing

/// Runs code on a thread of its own in a fresh network namespace, so that no test touches the host's network.
package enum NetworkSandbox {
    private final class Box<Value>: Sendable {
        let value = Mutex<Result<Value, any Error>?>(nil)
    }

    /// Runs `body` and returns its result; the test is skipped, with the reason, where namespaces are not allowed.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        guard Capability.netAdmin.isEffective else { try Test.cancel("needs CAP_NET_ADMIN for a network namespace") }
        let box = Box<Value>()
        let thread = try WorkerThread(name: "sandbox") {
            let result = Result {
                try enterFreshNamespace()
                return try body()
            }
            box.value.withLock { $0 = result }
        }
        thread.join()
        guard let value = box.value.withLock({ $0 }) else { throw CancellationError() }
        return try value.get()
    }

    /// `unshare` is a GNU extension that Swift's Glibc does not show.
    private static func enterFreshNamespace() throws {
        typealias Unshare = @convention(c) (CInt) -> CInt
        guard let symbol = unsafe dlsym(nil, "unshare") else {
            throw SystemError("dlsym", "unshare", code: ENOSYS)
        }
        let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
        let newNetwork: CInt = 0x4000_0000
        guard unshare(newNetwork) == 0 else { throw SystemError("unshare", "network namespace") }
    }
}
