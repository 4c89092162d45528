// Says what is in Teredo datagrams.
//
//     Decoder OCTETS       hexadecimal octets of one UDP payload; blanks and colons between them do not count
//     Decoder FILE.pcap    every UDP datagram over IPv4 in a capture of Ethernet, Linux "any" or raw IPv4
//
// Ends with 0 when everything was read, with 65 when input is not what it should be, and with 64 when it was called in another way.

import Foundation
import TeredoWire

guard CommandLine.arguments.count == 2 else {
    print("usage: Decoder OCTETS | Decoder FILE.pcap")
    exit(64)
}
let word = CommandLine.arguments[1]
do {
    if word.hasSuffix(".pcap") {
        let capture = try CaptureFile(Array(Data(contentsOf: URL(filePath: word))))
        for record in capture.datagrams {
            print("\(record.source) > \(record.destination)")
            for line in describe(record.payload) { print("    \(line)") }
        }
    } else {
        for line in describe(try octets(of: word)) { print(line) }
    }
} catch {
    print("Decoder: \(error)")
    exit(65)
}

/// The octets that a text spells in hexadecimal.
func octets(of text: String) throws(InputError) -> [UInt8] {
    let digits = text.filter { !" :\n\t".contains($0) }
    guard !digits.isEmpty, digits.count.isMultiple(of: 2) else {
        throw InputError("'\(text)' is neither an even number of hexadecimal digits nor a file that ends in .pcap")
    }
    var result: [UInt8] = []
    var rest = digits[...]
    while !rest.isEmpty {
        guard let octet = UInt8(rest.prefix(2), radix: 16) else {
            throw InputError("'\(rest.prefix(2))' is no octet in hexadecimal")
        }
        result.append(octet)
        rest = rest.dropFirst(2)
    }
    return result
}
