package import TeredoLinux
package import TeredoSettings

/// What a role still does once it is set up: everything else is refused from then on.
package struct RoleNeeds: Hashable, Sendable {
    /// What its system calls depend on.
    package var calls: CallNeeds = .pings
    /// The files that it uses, beside its settings and what it writes.
    package var files: [FileRule] = []
    /// The ports that it connects to by TCP; `nil` for all.
    package var streamPorts: Set<UInt16>? = []
    /// What it does in the folders that it writes to.
    package var folderUse = FileRule.Use.remove
    /// The process that it sends signals to; `nil` for none.
    package var child: CInt?

    /// Those of a server.
    package static func server(_ xdp: XDPChoice) -> Self {
        Self(calls: xdp == .off ? .pings : [.pings, .maps])
    }

    /// Those of a role that has an interface, as far as that goes.
    package static func tunnel(_ dataPath: DataPathChoice, hook: String?) -> Self {
        // The end of the process that changes addresses and routes is waited for.
        var needs = Self(calls: [.pings, .interface, .files, .children])
        if dataPath == .ebpf { needs.calls.insert(.maps) }
        if hook != nil { needs.calls.insert(.threads) }
        return needs
    }

    /// Those of a proxy: a client without an interface.
    package static var proxy: Self {
        var needs = client(.userspace, hook: nil)
        needs.calls.remove(.children)
        return needs
    }

    /// Those of a client.
    package static func client(_ dataPath: DataPathChoice, hook: String?) -> Self {
        var needs = tunnel(dataPath, hook: hook)
        needs.calls.formUnion([.names, .datagrams, .streams, .threads])
        needs.files += names
        // Routers describe their services on ports of their choice.
        needs.streamPorts = nil
        needs.folderUse = .replace
        return needs
    }

    /// What it takes to be announced: to look whether the host has what the role needs, and the end of the process for it.
    package mutating func addAnnouncement() { calls.formUnion([.interface, .children]) }

    /// What it takes to make roles again and again, beside what these need.
    package mutating func addRoles() {
        calls.insert(.roles)
        files.append(FileRule("/dev/net/tun", .device))
        // How many processors there may be: maps of the kernel have a value for each.
        files.append(FileRule("/sys/devices/system/cpu", .read))
        folderUse = .serve
    }

    /// What it takes to be the client of a command, whose first process is `command`.
    package mutating func addCommand(_ command: CInt) {
        calls.insert(.children)
        child = command
    }

    /// The C library reads these to look names up, and its plugins; whoever changes resolv.conf puts a new file in the place of the
    /// old one, so that a rule for the file alone would not last.
    private static let names =
        [
            "/etc", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/usr/lib", "/lib", "/lib64",
            "/usr/lib64",
        ]
        .map { FileRule($0, .read) }
}
