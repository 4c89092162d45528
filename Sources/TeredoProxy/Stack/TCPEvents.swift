import CLwIP

/// What happened to a connection of a ``TCPStack``.
package struct TCPEvents: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ event: teredo_tcp_event) { rawValue = event.rawValue }

    /// The other side answered.
    package static let connected = Self(TEREDO_TCP_CONNECTED)
    /// Octets came in.
    package static let readable = Self(TEREDO_TCP_READABLE)
    /// There is room again for octets that there was none for.
    package static let writable = Self(TEREDO_TCP_WRITABLE)
    /// The other side sends no more.
    package static let ended = Self(TEREDO_TCP_ENDED)
    /// It is over: ``TCPStack/failure(of:)`` tells why.
    package static let failed = Self(TEREDO_TCP_FAILED)
}
