/// Numbers of the wire format, in the words of RFC 4380.
public enum TeredoConstants {
    /// The Teredo UDP port, 3544 (RFC 4380 section 2.7).
    public static let udpPort: UInt16 = 3544
    /// The link MTU in octets, 1280 (RFC 4380 section 5.1.2).
    public static let mtu = 1280
    /// The length of an IPv6 header in octets.
    public static let ipv6HeaderLength = 40
    /// The longest UDP payload over IPv4 in octets.
    public static let maximumDatagramLength = 65_507
    /// The longest ICMPv6 message that a server forwards, in octets of IPv6 payload (SEC-42).
    public static let maximumForwardedICMPv6Length = 88
}
