import Foundation
import TeredoWire
import Testing

/// Real traffic of a Windows XP client with Microsoft's server.
enum WindowsCapture {
    /// One frame of the capture: endpoints and UDP payload.
    struct Frame {
        let source: UDPEndpoint
        let destination: UDPEndpoint
        let payload: [UInt8]
    }

    /// The UDP frames by their number in the capture.
    static func frames() throws -> [Int: Frame] {
        let url = try #require(
            Bundle.module.url(
                forResource: "windows-xp-microsoft-server",
                withExtension: "pcap",
                subdirectory: "Captures"
            )
        )
        let bytes = [UInt8](try Data(contentsOf: url))
        func little(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
        var frames: [Int: Frame] = [:]
        var offset = 24
        var number = 1
        while offset + 16 <= bytes.count {
            let length = little(offset + 8)
            let frame = Array(bytes[offset + 16..<offset + 16 + length])
            offset += 16 + length
            defer { number += 1 }
            guard frame.count > 42, frame[12] == 8, frame[13] == 0, frame[23] == 17 else { continue }
            let ip = 14
            let udp = ip + Int(frame[ip] & 15) * 4
            func word(_ at: Int) -> UInt16 { UInt16(frame[at]) << 8 | UInt16(frame[at + 1]) }
            func address(_ at: Int) -> IPv4Address {
                IPv4Address(frame[at], frame[at + 1], frame[at + 2], frame[at + 3])
            }
            let end = udp + Int(word(udp + 4))
            frames[number] = Frame(
                source: UDPEndpoint(address(ip + 12), word(udp)),
                destination: UDPEndpoint(address(ip + 16), word(udp + 2)),
                payload: Array(frame[udp + 8..<end])
            )
        }
        return frames
    }
}
