import Foundation
import Glibc
import TeredoLinux
import Testing

/// Which folders root gives to the user that a role becomes, and what it needs to write to others.
@Suite struct GivenFolderTests {
    private let base = FileManager.default.temporaryDirectory.appendingPathComponent("given-\(UUID().uuidString)").path

    private func withFolder(_ body: (SystemUser) throws -> Void) throws {
        guard geteuid() == 0 else { try Test.cancel("only root can give a folder away") }
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try body(try SystemUser(named: "nobody"))
    }

    private func owner(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? Int
    }

    @Test("SEC-63: a missing folder is made for the user, those above it for root")
    func made() throws {
        try withFolder { user in
            try user.make(folder: "\(base)/a/b/c")
            #expect(try owner("\(base)/a") == 0 && owner("\(base)/a/b") == 0)
            #expect(try owner("\(base)/a/b/c") == 65_534)
        }
    }

    @Test("SEC-63: neither a link nor a folder of somebody else is given to the user")
    func exchanged() throws {
        try withFolder { user in
            try FileManager.default.createDirectory(atPath: "\(base)/precious", withIntermediateDirectories: true)
            let link = "\(base)/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(base)/precious")
            #expect(throws: SystemError.self) { try user.own(folder: link) }
            // Where something dangles, nothing is made at the other end.
            let dangling = "\(base)/dangling"
            try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: "\(base)/new")
            #expect(throws: SystemError.self) { try user.make(folder: "\(dangling)/state") }
            #expect(try owner("\(base)/precious") == 0)
            #expect(!FileManager.default.fileExists(atPath: "\(base)/new"))
        }
    }

    @Test("SEC-63: another user's folder takes a capability of root, an own one does not")
    func override() throws {
        try withFolder { _ in
            #expect(!ProcessPrivileges.writingTakesOverride(folder: base))
            let isGiven = unsafe chown(base, 65_534, 65_534) == 0
            try #require(isGiven)
            #expect(ProcessPrivileges.writingTakesOverride(folder: base) == Capability.dacOverride.isEffective)
            #expect(!ProcessPrivileges.writingTakesOverride(folder: "\(base)/none"), "it does not help either")
        }
    }
}
