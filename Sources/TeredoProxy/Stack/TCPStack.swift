import CLwIP
import Synchronization
package import TeredoWire

/// TCP over IPv6 within this process, as a machine without I/O: packets, octets and time in, packets, octets and events out.
///
/// lwIP does the work, and its state is global: there is one stack at a time in a process, and one thread may call it. It has no
/// clock and no random numbers of its own. It listens nowhere: who is not asked is answered with a reset, and pings are answered.
package final class TCPStack {
    /// Connections at once.
    package static let connectionLimit = Int(TEREDO_TCP_CONNECTIONS)
    /// The octets of a packet, at most.
    package static let packetLength = Int(TEREDO_TCP_PACKET)

    /// What became of a packet that came in.
    package enum Reception: Hashable, Sendable {
        case taken
        /// Neither TCP nor a ping, in pieces, or not for the address of the stack.
        case ignored
        case noMemory
    }

    /// Why a connection cannot be begun.
    package enum ConnectError: Error, Hashable, Sendable {
        /// There are ``connectionLimit`` already, or no address.
        case noPlace
        /// Another local port may do.
        case portInUse
    }

    private static let isTaken = Atomic<Bool>(false)
    private var buffer = [UInt8](repeating: 0, count: packetLength)

    /// Begins without an address; `nil` while there is another stack.
    package init?() {
        guard !Self.isTaken.exchange(true, ordering: .acquiring) else { return nil }
        teredo_tcp_start()
    }

    deinit {
        for connection in 0..<Self.connectionLimit { release(connection) }
        while unsafe buffer.withUnsafeMutableBufferPointer({ unsafe take(into: $0) }) > 0 {}
        Self.isTaken.store(false, ordering: .releasing)
    }

    /// When ``setTime(_:)`` has something to do; `nil` for never.
    package var nextTimeout: ProtocolInstant? {
        let deadline = teredo_tcp_deadline()
        return deadline == 0 ? nil : ProtocolInstant(nanoseconds: Int64(deadline) * 1_000_000)
    }

    /// Whether there are connections that are not over on both sides, those included that lwIP carries to their end.
    package var isActive: Bool { teredo_tcp_is_active() != 0 }

    /// Tells the time, and does what is due.
    package func setTime(_ now: ProtocolInstant) { teredo_tcp_set_time(UInt64(max(0, now.nanoseconds / 1_000_000))) }

    /// Has this address from now on; connections from another one are over.
    package func setAddress(_ address: IPv6Address) {
        unsafe Self.withOctets(of: address) { unsafe teredo_tcp_set_address($0) }
    }

    /// Takes a packet that came in.
    package func receive(_ packet: Span<UInt8>) -> Reception {
        let result = unsafe packet.withUnsafeBufferPointer { unsafe teredo_tcp_receive($0.baseAddress, $0.count) }
        return switch result {
        case TEREDO_TCP_TAKEN: .taken
        case TEREDO_TCP_NO_MEMORY: .noMemory
        default: .ignored
        }
    }

    /// Hands the next packet to send to `body`; returns `false` when there is none.
    package func nextPacket(_ body: (Span<UInt8>) -> Void) -> Bool {
        let count = unsafe buffer.withUnsafeMutableBufferPointer { unsafe take(into: $0) }
        guard count > 0 else { return false }
        unsafe buffer.withUnsafeBufferPointer { body(unsafe $0.span.extracting(0..<count)) }
        return true
    }

    private func take(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        unsafe teredo_tcp_take_packet(buffer.baseAddress)
    }

    /// Begins a connection; `localPort` and `firstNumber` come from a good source of random numbers (RFC 6056, RFC 6528).
    ///
    /// Returns a number for the other calls, until ``release(_:)``.
    package func connect(
        to address: IPv6Address,
        port: UInt16,
        from localPort: UInt16,
        firstNumber: UInt32
    ) throws(ConnectError) -> Int {
        let result = unsafe Self.withOctets(of: address) { unsafe teredo_tcp_connect($0, port, localPort, firstNumber) }
        switch result {
        case -1: throw .noPlace
        case -2: throw .portInUse
        default: return Int(result)
        }
    }

    /// Takes what happened to the next connection to which anything did.
    package func nextEvents() -> (connection: Int, events: TCPEvents)? {
        var events: CUnsignedInt = 0
        let connection = unsafe teredo_tcp_next_event(&events)
        return connection < 0 ? nil : (Int(connection), TCPEvents(rawValue: events))
    }

    /// Why a connection is over; `nil` when it is not.
    package func failure(of connection: Int) -> TCPFailure? {
        switch teredo_tcp_failure(CInt(connection)) {
        case TEREDO_TCP_REFUSED: .refused
        case TEREDO_TCP_RESET: .reset
        case TEREDO_TCP_TIMED_OUT: .timedOut
        case TEREDO_TCP_NO_ROUTE: .noRoute
        case TEREDO_TCP_PROHIBITED: .prohibited
        case TEREDO_TCP_UNREACHABLE: .unreachable
        case TEREDO_TCP_OTHER_ADDRESS: .otherAddress
        default: nil
        }
    }

    /// Hands `body` what was received, as far as it lies together, and opens the window for what it says that it took; returns
    /// `false` when there is nothing.
    package func read(_ connection: Int, _ body: (Span<UInt8>) -> Int) -> Bool {
        var octets: UnsafePointer<UInt8>?
        let count = unsafe teredo_tcp_received(CInt(connection), &octets)
        guard count > 0 else { return false }
        let taken = unsafe body(UnsafeBufferPointer(start: octets, count: count).span)
        precondition((0...count).contains(taken), "more was taken than there was")
        teredo_tcp_consume(CInt(connection), taken)
        return true
    }

    /// How many octets there is room for.
    package func room(_ connection: Int) -> Int { teredo_tcp_room(CInt(connection)) }

    /// Sends octets and returns how many there was room for; with less than all, the connection becomes writable later.
    package func send(_ octets: Span<UInt8>, on connection: Int) -> Int {
        unsafe octets.withUnsafeBufferPointer { unsafe teredo_tcp_send(CInt(connection), $0.baseAddress, $0.count) }
    }

    /// Sends no more than what was sent so far.
    package func endSending(_ connection: Int) { teredo_tcp_end_sending(CInt(connection)) }

    /// Gives the number back; what is not over on both sides is reset.
    package func release(_ connection: Int) { teredo_tcp_release(CInt(connection)) }

    private static func withOctets<Result>(of address: IPv6Address, _ body: (UnsafePointer<UInt8>?) -> Result) -> Result
    {
        let value = address.rawValue.bigEndian
        return unsafe withUnsafeBytes(of: value) { unsafe body($0.assumingMemoryBound(to: UInt8.self).baseAddress) }
    }
}
