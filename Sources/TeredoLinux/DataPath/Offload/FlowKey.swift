/// What tells the flows of a transport protocol apart: addresses, protocol and ports.
struct FlowKey: Equatable {
    private var sourceHigh: UInt64 = 0
    private var sourceLow: UInt64 = 0
    private var destinationHigh: UInt64 = 0
    private var destinationLow: UInt64 = 0
    private var ports: UInt32 = 0
    private var nextHeader: UInt8 = 0

    /// The key of no flow.
    init() {}

    /// The addresses of a packet alone; 40 octets must be there.
    init(addressesOf packet: UnsafeRawPointer) {
        unsafe sourceHigh = packet.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        unsafe sourceLow = packet.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        unsafe destinationHigh = packet.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        unsafe destinationLow = packet.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
    }

    /// The flow of a packet; 44 octets must be there.
    init(of packet: UnsafeRawPointer) {
        unsafe self.init(addressesOf: packet)
        unsafe ports = packet.loadUnaligned(fromByteOffset: 40, as: UInt32.self)
        unsafe nextHeader = packet.load(fromByteOffset: 6, as: UInt8.self)
    }

    /// Whether the flow is between the same hosts, in the same direction.
    func hasHosts(of other: Self) -> Bool {
        sourceHigh == other.sourceHigh && sourceLow == other.sourceLow && destinationHigh == other.destinationHigh
            && destinationLow == other.destinationLow
    }
}
