import TeredoControl
import TeredoHost
import TeredoWire

/// The host's side of a client: where packets for its address go, and where those from it come from.
protocol ClientHost: AnyObject {
    /// What it is, for the log: "interface teredo".
    var place: String { get }
    /// What there is no more at the end, for the log.
    var farewell: String { get }
    /// What it has to do in the event loop, in the order in which it is done.
    var parts: [any DriverPart] { get }
    /// What may come out of the tunnel; `nil` where nothing waits for what is not asked for.
    var gate: InboundGate? { get }
    /// Says at the beginning what people should know; `isAlone` is whether the client was started as such, for the whole host.
    func announce(isAlone: Bool)
    /// Has this address from now on, with routes for these prefixes; throws when the client cannot go on.
    func assign(_ address: IPv6Address, routes: [IPv6Prefix], mtu: Int) throws(ServiceError)
    /// Another MTU, in octets; the address is what the client has, if any.
    func setMTU(_ mtu: Int, address: IPv6Address?)
    /// Has no address any more; throws when it may still have it.
    func withdraw() throws(ServiceError)
    /// Compares what the host has with what it should have, because something changed; throws when the client cannot go on.
    func look(now: ProtocolInstant) throws(ServiceError)
    /// Takes leave of whomever it talks to, while packets can still be sent.
    func end(now: ProtocolInstant)
    /// Ends, after the address was withdrawn.
    func close()
    /// Tells what it is and what is wrong with it.
    func describe(in status: inout ClientStatus)
}
