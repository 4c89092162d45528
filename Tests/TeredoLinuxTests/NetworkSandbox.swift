import Foundation
import Glibc
import TeredoLinux
import Testing

/// Runs code on a thread of its own in a fresh network namespace, so that no test touches the host's network.
enum NetworkSandbox {
    private final class Box<Value>: @unchecked Sendable {
        var value: Result<Value, any Error>?
    }

    /// Runs `body` and returns its result; the test is skipped, with the reason, where namespaces are not allowed.
    static func run<Value>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        guard Capability.netAdmin.isEffective else { try Test.cancel("needs CAP_NET_ADMIN for a network namespace") }
        let box = Box<Value>()
        let done = DispatchSemaphore(value: 0)
        Thread {
            defer { done.signal() }
            box.value = Result {
                try enterFreshNamespace()
                return try body()
            }
        }.start()
        done.wait()
        guard let value = box.value else { throw CancellationError() }
        return try value.get()
    }

    /// `unshare` is a GNU extension that Swift's Glibc does not show.
    private static func enterFreshNamespace() throws {
        typealias Unshare = @convention(c) (CInt) -> CInt
        let symbol = try unsafe #require(unsafe dlsym(nil, "unshare"))
        let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
        let newNetwork: CInt = 0x4000_0000
        guard unshare(newNetwork) == 0 else { throw SystemError("unshare", "network namespace") }
    }
}
