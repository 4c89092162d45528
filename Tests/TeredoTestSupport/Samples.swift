package import TeredoWire

/// The worked examples of the wire format, octet for octet.
package enum Samples {
    /// The server of the examples, 206.73.118.1.
    package static let server = IPv4Address(206, 73, 118, 1)
    /// The mapped endpoint of client A.
    package static let mappedA = UDPEndpoint(IPv4Address(157, 60, 0, 1), 4096)
    /// The mapped endpoint of client B.
    package static let mappedB = UDPEndpoint(IPv4Address(131, 107, 0, 1), 8192)
    /// The address of client A, behind a cone NAT.
    package static let addressA = ipv6("2001:0:ce49:7601:e866:efff:62c3:fffe")
    /// The address of client B, behind a restricted NAT.
    package static let addressB = ipv6("2001:0:ce49:7601:2cad:dfff:7c94:fffe")
    /// The link-local source of a solicitation with cone bit 0.
    package static let clientLinkLocal = ipv6("fe80::ffff:ffff:ffff")
    /// The link-local address of the server.
    package static let serverLinkLocal = ipv6("fe80::8000:f227:31b6:89fe")
    /// The nonce of the examples.
    package static let nonce: UInt64 = 0x0123_4567_89AB_CDEF

    /// The authentication encapsulation without identifier and value.
    package static let nullAuthentication = hex("00 01 00 00 01 23 45 67 89 ab cd ef 00")
    /// The secure authentication header of the solicitation: identifier `client01`, 20 octets of HMAC-SHA1.
    package static let secureAuthentication = hex(
        """
        00 01 08 14 63 6c 69 65 6e 74 30 31 7f 10 5b ec 48 fc c2 fc e0 cb a7 7b a6 bb 1b 97 28 67 22 68
        01 23 45 67 89 ab cd ef 00
        """
    )
    /// The origin indication for client B.
    package static let originB = hex("00 00 df ff 7c 94 ff fe")
    /// The origin indication for client A.
    package static let originA = hex("00 00 ef ff 62 c3 ff fe")

    /// The IPv6 packet of the router solicitation, 48 octets.
    package static let solicitationPacket = hex(
        """
        60 00 00 00 00 08 3a ff
        fe 80 00 00 00 00 00 00 00 00 ff ff ff ff ff ff
        ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 02
        85 00 7d 37 00 00 00 00
        """
    )
    /// The router solicitation as a client sends it, 61 octets.
    package static let solicitation = nullAuthentication + solicitationPacket
    /// The router solicitation with secure qualification, 89 octets.
    package static let secureSolicitation = secureAuthentication + solicitationPacket

    /// The IPv6 packet of the router advertisement, 96 octets.
    package static let advertisementPacket = hex(
        """
        60 00 00 00 00 38 3a ff
        fe 80 00 00 00 00 00 00 80 00 f2 27 31 b6 89 fe
        fe 80 00 00 00 00 00 00 00 00 ff ff ff ff ff ff
        86 00 95 4c 00 00 00 00 00 00 00 00 00 00 07 d0
        03 04 40 40 ff ff ff ff ff ff ff ff 00 00 00 00
        20 01 00 00 ce 49 76 01 00 00 00 00 00 00 00 00
        05 01 00 00 00 00 05 00
        """
    )
    /// The router advertisement to client B, 117 octets.
    package static let advertisement = nullAuthentication + originB + advertisementPacket

    /// A bubble from A to B with hop limit 0, as Miredo sends it, 40 octets.
    package static let bubble = hex(
        """
        60 00 00 00 00 00 3b 00
        20 01 00 00 ce 49 76 01 e8 66 ef ff 62 c3 ff fe
        20 01 00 00 ce 49 76 01 2c ad df ff 7c 94 ff fe
        """
    )
    /// The bubble with a nonce trailer as the server delivers it to B, 54 octets.
    package static let deliveredBubble = originA + bubble + nonceTrailer

    /// The echo request of the direct IPv6 connectivity test from A to 2001:db8::1, 64 octets.
    package static let echoRequest = hex(
        """
        60 00 00 00 00 18 3a 80
        20 01 00 00 ce 49 76 01 e8 66 ef ff 62 c3 ff fe
        20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
        80 00 e4 04 12 34 00 01
        00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff
        """
    )

    /// The nonce trailer 0x11223344.
    package static let nonceTrailer = hex("01 04 11 22 33 44")
    /// Alternate addresses 192.168.1.1:4096 and 10.0.0.5:4096.
    package static let alternateAddressTrailer = hex("03 0e 00 00 c0 a8 01 01 10 00 0a 00 00 05 10 00")
    /// A neighbour discovery solicitation.
    package static let solicitationTrailer = hex("04 04 00 00 00 00")
    /// A neighbour discovery advertisement.
    package static let advertisementTrailer = hex("04 04 01 00 00 00")
    /// The random port 50000.
    package static let randomPortTrailer = hex("05 02 c3 50")

    /// One datagram of every kind with its name.
    package static let datagrams: [(name: String, bytes: [UInt8])] = [
        ("solicitation", solicitation),
        ("secure solicitation", secureSolicitation),
        ("advertisement", advertisement),
        ("bubble", bubble),
        ("delivered bubble", deliveredBubble),
        ("echo request", echoRequest),
        (
            "bubble with every trailer",
            bubble + nonceTrailer + alternateAddressTrailer + solicitationTrailer + randomPortTrailer
        ),
    ]
}
