import TeredoWire

@testable import TeredoProtocol

extension UDPEndpoint {
    /// The endpoint as a destination; `nil` when the filter in its default state refuses it.
    var permitted: Destination? { GlobalUnicastFilter().destination(self) }
}
