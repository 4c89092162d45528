/// What qualification tells about the NAT in front of a client.
public enum NATClass: String, Hashable, Sendable {
    /// A cone NAT, or none: advertisements from an address that was not asked come in.
    case cone
    /// Endpoint-independent mapping; restricted, port-restricted or cone cannot be told apart under RFC 5991.
    case restricted
    /// Another mapping towards the secondary server address.
    case symmetric
    /// The secondary server address was not asked or did not answer.
    case unknown
}
