import Glibc
import TeredoLinux
import TeredoWire
import Testing

@Suite struct LookUpGuardTests {
    /// A guard that is in a hurry, for what is connected to a socket that listens; other tests have connections of their own.
    private static func quick(_ name: sockaddr_in) -> LookUpGuard {
        LookUpGuard(
            port: UInt16(bigEndian: name.sin_port),
            connectionTime: .milliseconds(300),
            pause: .milliseconds(50)
        )
    }

    /// A socket that listens on the loopback interface and takes nothing; what connects to it, with its name.
    private static func listener() throws -> (descriptor: CInt, name: sockaddr_in) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &name) { name in
            try unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                try #require(unsafe bind(listener, name, length) == 0)
                try #require(unsafe getsockname(listener, name, &length) == 0)
            }
        }
        try #require(listen(listener, 1) == 0)
        return (listener, name)
    }

    private static func connect(_ descriptor: CInt, _ name: sockaddr_in) -> CInt {
        var name = name
        return unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe Glibc.connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    @Test("What waits for a silent name server by TCP does so no longer than its time")
    func silence() throws {
        let (listener, name) = try Self.listener()
        defer { close(listener) }
        let start = MonotonicClock.now
        let received = Self.quick(name).watch { () -> Int in
            let stream = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            defer { close(stream) }
            guard Self.connect(stream, name) == 0 else { return -2 }
            var octet: UInt8 = 0
            return unsafe read(stream, &octet, 1)
        }
        #expect(received == 0)
        #expect(MonotonicClock.now - start < .seconds(10))
    }

    @Test("What has a limit of its own, does not wait, or is connected to another port is left alone")
    func others() throws {
        let (listener, name) = try Self.listener()
        defer { close(listener) }
        let limited = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(limited) }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(limited, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let ready = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        defer { close(ready) }
        let (other, otherName) = try Self.listener()
        defer { close(other) }
        let elsewhere = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(elsewhere) }
        #expect(Self.connect(elsewhere, otherName) == 0)
        #expect(Self.connect(limited, name) == 0)
        _ = Self.connect(ready, name)
        Self.quick(name).watch { Pause.sleep(.seconds(1)) }
        for descriptor in [limited, ready, elsewhere] {
            var octet: UInt8 = 0
            #expect(unsafe recv(descriptor, &octet, 1, CInt(MSG_DONTWAIT)) == -1, "it is not at its end")
            #expect(errno == EAGAIN)
        }
    }
}
