import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoWire

/// The processes that make and take the traffic of a fleet's lab besides `ping`: a TCP flow of numbers, and a flood.
package enum FleetTraffic {
    /// The first word of the command line that makes the program such a process instead of a command.
    package static let word = "fleet-traffic"
    /// The octets of a message of a flow; its number stands at the beginning.
    private static let messageLength = 64
    /// How many packets a second the flood has.
    static let floodRate = 400
    /// For how long it lasts.
    static let floodDuration = Duration.seconds(4)

    /// Is the process for the words of a command line after ``word``; returns the exit status.
    package static func main(_ words: [String]) -> Int32 {
        do throws(SystemError) {
            switch words.first {
            case "take": if words.count == 2, let port = UInt16(words[1]) { try take(port) }
            case "give":
                if words.count == 3, let endpoint = StreamEndpoint(words[1]), let pace = Int(words[2]), pace > 0 {
                    try give(to: endpoint, every: .milliseconds(pace))
                }
            case "flood":
                if words.count == 2, let source = IPv6Address(words[1]) {
                    try flood(from: source)
                    return 0
                }
            default: break
            }
        } catch {
            StandardStream.error.write(line: "\(error)")
            return 1
        }
        StandardStream.error.write(line: "Error: \(word) is started by 'teredo lab --fleet' only")
        return 64
    }

    /// Takes one flow after the other and prints when which number came, in the manner of `ping -D`.
    private static func take(_ port: UInt16) throws(SystemError) {
        var listener = try StreamListener(StreamEndpoint(.ipv6(.unspecified), port: port))
        while true {
            guard let stream = listener.accept() else {
                Pause.sleep(.milliseconds(20))
                continue
            }
            while let message = stream.readAll(messageLength) {
                let number = message.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
                StandardOutput.write(line: "[\(Date().timeIntervalSince1970)] tcp_seq=\(number)")
            }
            StandardOutput.write(line: "the flow ended")
        }
    }

    /// Sends numbers, a message at every pace, until the connection breaks.
    private static func give(to endpoint: StreamEndpoint, every pace: Duration) throws(SystemError) {
        var stream: ByteStream?
        for _ in 0..<20 where stream == nil {
            stream = try? ByteStream(connectingTo: endpoint, limit: .seconds(2))
            if stream == nil { Pause.sleep(.milliseconds(200)) }
        }
        guard let stream else { throw SystemError("connect", "TCP \(endpoint)", code: 110) }
        var number: UInt32 = 0
        var due = MonotonicClock.now
        var message = [UInt8](repeating: 0, count: messageLength)
        while true {
            number += 1
            for place in 0..<4 { message[place] = UInt8(truncatingIfNeeded: number >> (24 - 8 * place)) }
            guard stream.writeAll(message) else { break }
            due = due + pace
            Pause.sleep(max(.zero, due - MonotonicClock.now))
        }
        StandardOutput.write(line: "the flow broke")
    }

    /// Sends small packets to Teredo addresses at random of the servers that the fleet shares.
    ///
    /// The clients that they are for would have addresses that nobody on the Internet has (RFC 2544).
    private static func flood(from source: IPv6Address) throws(SystemError) {
        let socket = try RawIPv6Socket()
        let begin = MonotonicClock.now
        var sent = 0
        while MonotonicClock.now - begin < floodDuration {
            let due = Int((MonotonicClock.now - begin) / .seconds(1) * Double(floodRate))
            while sent < due {
                let packet = floodPacket(from: source)
                _ = socket.send(packet.span)
                sent += 1
            }
            Pause.sleep(.milliseconds(5))
        }
    }

    private static func floodPacket(from source: IPv6Address) -> [UInt8] {
        let address = IPv4Address(rawValue: 198 << 24 | 19 << 16 | UInt32.random(in: 0...0xFFFF))
        let destination = TeredoAddress(
            server: IPv4Address(FleetPlan.serverAddresses[0]) ?? .unspecified,
            flags: TeredoFlags(rawValue: 0),
            mappedEndpoint: UDPEndpoint(address, UInt16.random(in: 1024...65_535))
        )
        return [UInt8](capacity: 48) { output in
            IPv6Header(
                payloadLength: 8,
                nextHeader: IPv6Header.NextHeader.none,
                hopLimit: 64,
                source: source,
                destination: destination.ipv6
            ).encode(into: &output)
            for _ in 0..<8 { output.append(0) }
        }
    }
}
