/// A control socket by its file: `client.sock`, or `client-home.sock` of an instance.
package struct RoleSocket: Hashable, Sendable, Comparable {
    /// The roles that `teredo` has.
    package static let roles = ["client", "server", "host-relay", "relay", "gateway", "auto"]

    /// Where the file is.
    package let path: String
    /// What pages and metrics call it: the name of the file without `.sock`.
    package let name: String

    /// The socket at `path`; `nil` when its name is none that may be shown.
    package init?(path: String) {
        let file = path.split(separator: "/").last ?? ""
        let name = file.hasSuffix(".sock") ? file.dropLast(5) : file
        let isPlain = name.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, (1...64).contains(name.utf8.count), path.utf8.count < 108 else { return nil }
        self.path = path
        self.name = String(name)
    }

    /// Which role has a socket of this name, as far as the name tells.
    package var role: String {
        Self.roles.first { name == $0 || name.hasPrefix($0 + "-") } ?? name
    }

    package static func < (left: Self, right: Self) -> Bool { (left.name, left.path) < (right.name, right.path) }
}
