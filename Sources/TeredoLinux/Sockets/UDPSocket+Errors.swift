import CTeredoLinux
package import TeredoWire

/// What the network says about datagrams that left from a socket.
extension UDPSocket {
    /// Takes the ICMPv4 errors that wait, each with what it quotes of the payload that was sent, and gives them to `body`.
    ///
    /// The kernel has compared addresses and ports with those of the socket. What this host itself says about a datagram that
    /// it did not send is left out.
    package func takeErrors(_ body: (ICMPv4Error, Span<UInt8>) -> Void) {
        // Room for what anybody quotes who answers in 576 octets of IPv4 (RFC 1812); Linux quotes 520 of a payload.
        var quotation = [548 of UInt8](repeating: 0)
        for _ in 0..<Self.errorsPerTurn {
            var word = teredo_delivery_error()
            var buffer = quotation.mutableSpan
            let result = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
                unsafe teredo_take_delivery_error(descriptor, &word, buffer.baseAddress, buffer.count)
            }
            guard result == 0 else { return }
            guard word.is_icmp != 0 else { continue }
            let error = ICMPv4Error(
                type: UInt8(truncatingIfNeeded: word.type),
                code: UInt8(truncatingIfNeeded: word.code),
                mtu: Int(word.information),
                by: IPv4Address(rawValue: word.offender),
                about: UDPEndpoint(IPv4Address(rawValue: word.address), word.port)
            )
            body(error, quotation.span.extracting(0..<min(Int(word.quoted), quotation.count)))
        }
    }

    /// How many errors are taken at once: the other direction gets its turn.
    private static let errorsPerTurn = 32
}
