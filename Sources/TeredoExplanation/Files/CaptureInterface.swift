import TeredoWire

/// What a pcapng file says of an interface.
struct CaptureInterface {
    let linkType: LinkType
    /// The most octets that are kept of a packet; 0 for no limit.
    let snapLength: UInt32
    /// `if_tsresol`: a negative power of 10, or of 2 when the top bit is set.
    private var resolution: UInt8 = 6
    /// `if_tsoffset` in seconds.
    private var timeOffset: Int64 = 0

    /// Reads the body of an interface description block: 8 octets, then options.
    init(_ body: ArraySlice<UInt8>, _ reader: ByteReader) {
        let body = Array(body)
        linkType = LinkType(rawValue: reader.number16(body, at: 0))
        snapLength = reader.number32(body, at: 4)
        var offset = 8
        while offset + 4 <= body.count {
            let code = reader.number16(body, at: offset)
            let length = Int(reader.number16(body, at: offset + 2))
            let value = offset + 4
            guard code != 0, value + length <= body.count else { break }
            if code == 9, length >= 1 { resolution = body[value] }
            if code == 14, length >= 8 { timeOffset = Int64(bitPattern: reader.number64(body, at: value)) }
            offset = value + (length + 3) & ~3
        }
    }

    /// The moment that `units` of the interface's resolution stand for; far ones are drawn in.
    func time(units: UInt64) -> ProtocolInstant {
        let exponent = Int(resolution & 0x7F)
        var nanoseconds = UInt128(units) * 1_000_000_000
        if resolution & 0x80 != 0 {
            nanoseconds >>= UInt128(exponent)
        } else if exponent > 38 {
            nanoseconds = 0
        } else {
            for _ in 0..<exponent { nanoseconds /= 10 }
        }
        let offset = timeOffset.multipliedReportingOverflow(by: 1_000_000_000)
        let base = offset.overflow ? (timeOffset < 0 ? Int64.min / 2 : Int64.max / 2) : offset.partialValue
        let sum = base.addingReportingOverflow(Int64(clamping: nanoseconds))
        return ProtocolInstant(nanoseconds: sum.overflow ? .max : sum.partialValue)
    }
}
