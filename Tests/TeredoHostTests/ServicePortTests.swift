import TeredoHost
import TeredoLinux
import TeredoWire
import Testing

@Suite struct ServicePortTests {
    @Test("SEC-21: a service port that nobody chose is another one each time, out of the upper half")
    func randomPorts() throws {
        var ports: [UInt16] = []
        for _ in 0..<64 {
            let socket = try ServicePort.bindRandom(on: IPv4Address(127, 0, 0, 1), option: "--bind")
            ports.append(socket.localEndpoint.port)
        }
        #expect(ports.allSatisfy { $0 >= 32_768 })
        // Sixty-four draws of 32,768 meet twice now and then, and miss a quarter once in a hundred million times.
        #expect(Set(ports).count > 56)
        #expect(Set(ports.map { $0 >> 13 }) == [4, 5, 6, 7])
    }
}
