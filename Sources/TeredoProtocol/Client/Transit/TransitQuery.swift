import TeredoWire

/// The question to the server for a transit relay that is under way.
struct TransitQuery: Sendable {
    let nonce: UInt64
    var attempts: Int
    var deadline: ProtocolInstant
}
