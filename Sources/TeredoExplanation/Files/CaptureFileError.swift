/// What is wrong with a capture file, and where.
package struct CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Fault: Hashable, Sendable {
        /// There is not a single octet.
        case empty
        /// It does not begin as a capture does; what it begins as, if that is known.
        case notACapture(String)
        /// It is of a version that nobody has described.
        case unsupportedVersion(major: Int, minor: Int)
        /// It ends before the record or block does; so many octets are missing at least.
        case truncated(missing: Int)
        /// A record says that it holds more octets than any can.
        case tooLong(octets: UInt64, limit: Int)
        /// A block has a length that no block can have.
        case blockLength(UInt32)
        /// The lengths at the beginning and at the end of a block differ.
        case lengthsDiffer(first: UInt32, last: UInt32)
        /// The order of octets of a section cannot be told.
        case byteOrder(UInt32)
        /// A packet is of an interface that was not described.
        case unknownInterface(Int)
        /// More interfaces are described than are kept in mind.
        case tooManyInterfaces(limit: Int)
    }

    /// What is wrong.
    package let fault: Fault
    /// The number of the packet that could not be read; 1 for the beginning of a file.
    package let packet: Int
    /// Where the record, block or header begins that is wrong, in octets from the beginning of the file.
    package let offset: UInt64

    /// Makes an error.
    package init(_ fault: Fault, packet: Int, offset: UInt64) {
        self.fault = fault
        self.packet = packet
        self.offset = offset
    }

    package var description: String {
        switch fault {
        case .empty, .notACapture, .unsupportedVersion: words
        default: "packet \(packet), at octet \(offset): \(words)"
        }
    }

    private var words: String {
        switch fault {
        case .empty: "the file is empty"
        case .notACapture(let kind): "the file is not a capture (pcap or pcapng): \(kind)"
        case .unsupportedVersion(let major, let minor): "the version \(major).\(minor) of the format is not known"
        case .truncated(let missing):
            "the file ends too early: \(missing == 1 ? "an octet is" : "\(missing) octets are") missing at least"
        case .tooLong(let octets, let limit):
            "it claims to have \(octets) octets; the longest that is read has \(limit)"
        case .blockLength(let length): "no block is \(length) octets long"
        case .lengthsDiffer(let first, let last):
            "the block has \(first) octets by its beginning and \(last) by its end"
        case .byteOrder(let magic): "the byte-order magic of the section is 0x\(String(magic, radix: 16))"
        case .unknownInterface(let number): "it belongs to interface \(number), which is not described before it"
        case .tooManyInterfaces(let limit): "more than \(limit) interfaces are described"
        }
    }

    /// What to do about it, as a phrase.
    package var remedy: String {
        switch fault {
        case .empty, .notACapture: "give a file that 'teredo capture', tcpdump, dumpcap or Wireshark wrote"
        case .unsupportedVersion: "write it again as pcapng: 'editcap -F pcapng OLD NEW'"
        case .truncated:
            "what was read before is shown; the program that wrote it was stopped, or the copy is not whole"
        case .tooLong, .blockLength, .lengthsDiffer, .byteOrder, .unknownInterface, .tooManyInterfaces:
            "what was read before is shown; from here on the file is damaged"
        }
    }
}
