import Foundation
import Synchronization
import TeredoLinux
import TeredoWire
import Testing

@Suite struct TCPExchangeTests {
    /// A server on loopback that sends each client the same pieces, with pauses, and keeps the connection open.
    private final class Server: Sendable {
        let descriptor: CInt
        let endpoint: UDPEndpoint

        init(_ pieces: [(text: String, pauseAfter: Double)]) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = unsafe bind(descriptor, address, length)
                    _ = unsafe getsockname(descriptor, address, &length)
                }
            }
            endpoint = UDPEndpoint(IPv4Address(127, 0, 0, 1), UInt16(bigEndian: address.sin_port))
            try #require(listen(descriptor, 8) == 0)
            Thread.detachNewThread {
                while true {
                    let client = accept(descriptor, nil, nil)
                    guard client >= 0 else { return }
                    Thread.detachNewThread {
                        for (text, pause) in pieces {
                            _ = unsafe text.withCString { unsafe send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                            Thread.sleep(forTimeInterval: pause)
                        }
                        close(client)
                    }
                }
            }
        }

        deinit {
            shutdown(descriptor, Int32(SHUT_RDWR))
            close(descriptor)
        }
    }

    /// Reads to a full stop; what ends with a comma may be all.
    private static func read(_ octets: [UInt8]) -> TCPExchange.Progress {
        switch octets.last {
        case UInt8(ascii: "."): .whole
        case UInt8(ascii: ","): .open
        default: .partial
        }
    }

    private func answers(_ exchange: TCPExchange, _ count: Int, within seconds: Double) -> [Int: String?] {
        var result: [Int: String?] = [:]
        let deadline = Date(timeIntervalSinceNow: seconds)
        while result.count < count, Date() < deadline {
            for answer in exchange.takeAnswers() {
                result[answer.identifier] = .some(answer.octets.map { String(decoding: $0, as: UTF8.self) })
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return result
    }

    @Test("exchanges run beside one another, and each ends when its reader says so, though the connection stays open")
    func parallel() throws {
        let quick = try Server([("quick.", 20)])
        let slow = try Server([("sl", 2.5), ("ow.", 20)])
        let silent = try Server([("maybe,", 20)])
        let exchange = try TCPExchange()
        for (identifier, endpoint) in [quick.endpoint, slow.endpoint, silent.endpoint].enumerated() {
            exchange.begin(identifier, with: endpoint, request: [1]) { Self.read }
        }
        // A port that nobody listens on.
        let closed = try UDPSocket(bind: UDPEndpoint(IPv4Address(127, 0, 0, 1), 0)).localEndpoint
        exchange.begin(3, with: closed, request: [1]) { Self.read }
        let answers = answers(exchange, 4, within: 9)
        #expect(answers == [0: "quick.", 1: "slow.", 2: "maybe,", 3: nil])
    }
}
