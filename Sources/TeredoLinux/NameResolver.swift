import CTeredoLinux
import Glibc
import Synchronization
package import TeredoWire

/// Resolves host names to IPv4 addresses on a thread of its own; the event loop hears of the result.
package final class NameResolver: Sendable {
    private let signal: CInt
    private let results = Mutex<[Result]>([])

    /// The descriptor that becomes readable when a result is there.
    package var descriptor: CInt { signal }

    /// A name with its IPv4 addresses; none when it has none.
    package typealias Result = (name: String, addresses: [IPv4Address])

    /// Makes a resolver.
    package init() throws(SystemError) {
        signal = teredo_eventfd()
        guard signal >= 0 else { throw SystemError("eventfd", "name resolver") }
    }

    deinit {
        _ = close(signal)
    }

    /// Starts a look-up beside those that are under way.
    package func resolve(_ name: String) {
        final class Work: Sendable {
            let resolver: NameResolver
            let name: String
            init(_ resolver: NameResolver, _ name: String) {
                self.resolver = resolver
                self.name = name
            }
        }
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(Work(self, name)).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.resolver.finish((work.name, NameResolver.lookUp(work.name)))
                return nil
            },
            argument
        )
        if status == 0 {
            _ = pthread_detach(thread)
        } else {
            unsafe Unmanaged<Work>.fromOpaque(argument).release()
            finish((name, []))
        }
    }

    /// The results that came since the last call.
    package func takeResults() -> [Result] {
        var count: UInt64 = 0
        _ = unsafe read(signal, &count, 8)
        return results.withLock { results in
            defer { results = [] }
            return results
        }
    }

    private func finish(_ result: Result) {
        results.withLock { $0.append(result) }
        var one: UInt64 = 1
        _ = unsafe write(signal, &one, 8)
    }

    /// Looks a name up and waits for the answer.
    package static func lookUp(_ name: String) -> [IPv4Address] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_INET
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPv4Address] = []
        var entry = unsafe list
        while let current = unsafe entry {
            unsafe current.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
                let address = IPv4Address(rawValue: UInt32(bigEndian: unsafe name.pointee.sin_addr.s_addr))
                if !addresses.contains(address) { addresses.append(address) }
            }
            unsafe entry = current.pointee.ai_next
        }
        return addresses
    }
}
