/// A public Teredo server that is known to be gone: a client that is told to use it gets no address.
///
/// docs/servers.tsv has these and all others, with who says so; nearly all public servers are gone.
package struct PublicServer: Hashable, Sendable {
    /// The name, in lower case and without a dot at its end.
    package let name: String
    /// The year since when; `nil` where nobody says.
    package let year: Int?
    /// What is known of it, half a sentence.
    package let reason: String

    init(_ name: String, goneSince year: Int?, because reason: String) {
        self.name = name
        self.year = year
        self.reason = reason
    }

    /// What to tell somebody who wants to use it, without the name.
    package var warning: String {
        let time = year.map { " since \($0)" } ?? ""
        return
            "this public server is gone\(time) (\(reason); last look \(Self.lastLook)): a client gets no address from it; "
            + "name another one, or run your own with 'teredo gateway'"
    }

    /// The server of that name that is gone; `nil` for all others, and for an address.
    ///
    /// Names are compared as the DNS does: without regard to case, and to a dot at the end.
    package static func gone(named name: String) -> Self? {
        let name = name.lowercased()
        return gone.first { $0.name == name || "\($0.name)." == name }
    }
}
