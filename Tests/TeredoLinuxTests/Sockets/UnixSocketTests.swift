import Foundation
import Glibc
import TeredoLinux
import Testing

@Suite struct UnixSocketTests {
    private func path(_ name: String = #function) -> String {
        "\(NSTemporaryDirectory())td-\(getpid())-\(abs(name.hashValue) % 100_000).sock"
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test("A socket of a live process is refused, one of a dead process replaced, another file left alone")
    func staleFile() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let live = try UnixListener(path: path)
            let error = #expect(throws: SystemError.self) { _ = try UnixListener(path: path) }
            #expect(error?.code == EADDRINUSE)
            #expect(live.path == path)
        }
        #expect(!exists(path), "the file goes with its owner")
        // What a killed process leaves behind: a bound socket that nobody listens on.
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(dead)
        try #require(bound == 0)
        _ = try UnixListener(path: path)
        try Data().write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: SystemError.self) { _ = try UnixListener(path: path) }
        #expect(error?.code == EEXIST)
        #expect(exists(path))
    }

    @Test("A live socket of another kind belongs to another program and stays")
    func foreignSocket() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let datagram = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(datagram) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(datagram, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let error = #expect(throws: SystemError.self) { _ = try UnixListener(path: path) }
        #expect(error?.code == EPROTOTYPE)
        #expect(exists(path))
    }

    @Test("The socket file is for its owner and group only")
    func mode() throws {
        let path = path()
        let listener = try UnixListener(path: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: listener.path)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
    }

    @Test("SEC-63: what takes the place of the socket file is not given to the group, be it a link or another file")
    func exchanged() throws {
        let group = try #require(SystemGroup(named: "daemon"))
        let path = path()
        let target = "\(path).target"
        try Data().write(to: URL(fileURLWithPath: target))
        defer { for file in [path, target] { try? FileManager.default.removeItem(atPath: file) } }
        let owner = try FileManager.default.attributesOfItem(atPath: target)[.groupOwnerAccountID] as? Int
        for isLink in [true, false] {
            let listener = try UnixListener(path: path)
            try FileManager.default.removeItem(atPath: path)
            if isLink {
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
            } else {
                try FileManager.default.linkItem(atPath: target, toPath: path)
            }
            let error = #expect(throws: SystemError.self) { try listener.share(withGroup: group) }
            #expect(error?.code == ESTALE)
            #expect(try FileManager.default.attributesOfItem(atPath: target)[.groupOwnerAccountID] as? Int == owner)
            _ = consume listener
        }
        // Another socket of this user, by a second name of it.
        let other = try UnixListener(path: "\(path).other")
        let linked = try UnixListener(path: path)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.linkItem(atPath: other.path, toPath: path)
        let error = #expect(throws: SystemError.self) { try linked.share(withGroup: group) }
        #expect(error?.code == ESTALE)
        _ = consume linked
        guard geteuid() == 0 else { return }
        let listener = try UnixListener(path: path)
        try listener.share(withGroup: group)
        let found = try FileManager.default.attributesOfItem(atPath: listener.path)[.groupOwnerAccountID] as? Int
        #expect(found.map(UInt32.init) == group.identifier)
    }

    @Test("A missing socket says what to do; a silent one times out, with its path and what to do")
    func client() throws {
        let missing = #expect(throws: SystemError.self) { _ = try UnixStream(connectingTo: "/nonexistent/td.sock") }
        #expect(missing?.code == ENOENT && missing?.remedy.contains("--control-socket") == true)
        let path = path()
        let listener = try UnixListener(path: path)
        let stream = try UnixStream(connectingTo: listener.path)
        let silent = #expect(throws: SystemError.self) { _ = try stream.request("status", within: .seconds(0)) }
        #expect(silent?.code == ETIMEDOUT && silent?.remedy.contains("restart it") == true)
        #expect(silent?.description.contains(path) == true)
    }

    @Test("The answer is the first line, whatever follows it in one piece; one without end is given up")
    func firstLine() throws {
        var listener = try UnixListener(path: path())
        let stream = try UnixStream(connectingTo: listener.path)
        guard let served = listener.accept() else {
            Issue.record("the connection does not arrive")
            return
        }
        let isWritten = served.write(Array("one\ntwo".utf8)[...]) != nil
        let answer = try stream.request("?", within: .seconds(5))
        #expect(isWritten && answer == "one")
        let late = #expect(throws: SystemError.self) { _ = try stream.request("?", within: .milliseconds(50)) }
        #expect(late?.isTimeout == true)
    }

    @Test("A crash of the process removes its socket file")
    func crash() async throws {
        let path = "\(NSTemporaryDirectory())td-crash-\(getpid()).sock"
        try Data().write(to: URL(fileURLWithPath: path))
        await #expect(processExitsWith: .signal(SIGABRT)) { [path = path as String] in
            CrashGuard.removeOnCrash(path)
            abort()
        }
        #expect(!exists(path))
    }
}
