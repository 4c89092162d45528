import Glibc
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

@Suite struct UDPSocketTests {
    private static let loopback = IPv4Address(127, 0, 0, 1)

    private func socket(_ address: IPv4Address = loopback) throws -> UDPSocket {
        try UDPSocket(bind: UDPEndpoint(address, 0))
    }

    /// Takes datagrams until `count` came or five seconds passed.
    private func receive(
        _ count: Int,
        on socket: borrowing UDPSocket
    ) throws -> [(bytes: [UInt8], source: UDPEndpoint)] {
        let batch = try ReceiveBatch(capacity: 16)
        var result: [(bytes: [UInt8], source: UDPEndpoint)] = []
        for _ in 0..<5000 where result.count < count {
            while socket.receive(into: batch) {
                for index in 0..<batch.count {
                    result.append((batch.withOctets(index) { $0.copyAll() }, batch.source(index)))
                }
            }
            if result.count < count { usleep(1000) }
        }
        return result
    }

    @Test("A socket that takes the place of another one is found under its descriptor, and the former port is free")
    func replacement() throws {
        let socket = try socket()
        let former = socket.localEndpoint
        let descriptor = socket.descriptor
        try socket.replace(with: try self.socket())
        #expect(socket.descriptor == descriptor && socket.localEndpoint != former)
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
        let sender = try self.socket()
        let batch = SendBatch(capacity: 1)
        batch.append(copying: [7].span, to: socket.localEndpoint)
        batch.flush(to: sender)
        #expect(try receive(1, on: socket).map(\.bytes) == [[7]])
        _ = try UDPSocket(bind: former)
    }

    @Test("A batch of datagrams arrives in order, with its source")
    func batches() throws {
        let sender = try socket()
        let receiver = try socket()
        let batch = SendBatch(capacity: 64)
        for number in 0..<64 {
            let payload = [UInt8](repeating: UInt8(number), count: 40 + number)
            batch.append(copying: payload.span, to: receiver.localEndpoint)
        }
        #expect(batch.isFull())
        batch.flush(to: sender)
        #expect(batch.count == 0 && batch.failures == 0)
        let received = try receive(64, on: receiver)
        #expect(received.map { $0.bytes.count } == (0..<64).map { 40 + $0 })
        let source = sender.localEndpoint
        #expect(received.allSatisfy { $0.source == source })
    }

    @Test("A received datagram is passed on from where it lies, without a copy")
    func forwarding() throws {
        let first = try socket()
        let middle = try socket()
        let last = try socket()
        let outgoing = SendBatch()
        outgoing.append(copying: [1, 2, 3, 4].span, to: middle.localEndpoint)
        outgoing.flush(to: first)
        let batch = try ReceiveBatch(capacity: 4)
        for _ in 0..<5000 {
            if middle.receive(into: batch) { break }
            usleep(1000)
        }
        try #require(batch.count == 1)
        outgoing.append(batch, 0, to: last.localEndpoint)
        outgoing.flush(to: middle)
        #expect(try receive(1, on: last).first?.bytes == [1, 2, 3, 4])
    }

    @Test("SEC-38: ICMP errors about earlier datagrams stop neither sending nor receiving")
    func icmpErrors() throws {
        let sender = try socket()
        let receiver = try socket()
        let closed = try socket().localEndpoint
        let batch = SendBatch()
        for _ in 0..<20 {
            batch.append(copying: [0].span, to: closed)
            batch.append(copying: [1].span, to: receiver.localEndpoint)
            batch.flush(to: sender)
        }
        #expect(try receive(20, on: receiver).count == 20)
        batch.append(copying: [2].span, to: sender.localEndpoint)
        batch.flush(to: receiver)
        #expect(try receive(1, on: sender).count == 1)
    }

    @Test("SEC-61: the outer ECN and DSCP are 0 and DF is clear, so that long datagrams may be fragmented")
    func outerHeader() throws {
        let socket = try socket()
        func option(_ name: CInt) -> CInt {
            var value: CInt = -1
            var length = socklen_t(MemoryLayout<CInt>.size)
            _ = unsafe getsockopt(socket.descriptor, CInt(IPPROTO_IP), name, &value, &length)
            return value
        }
        #expect(option(IP_TOS) == 0)
        #expect(option(IP_MTU_DISCOVER) == IP_PMTUDISC_DONT)
        #expect(option(IP_MULTICAST_TTL) == 1 && option(IP_MULTICAST_LOOP) == 0)
        let receiver = try self.socket()
        let batch = SendBatch()
        batch.append(copying: [UInt8](repeating: 1, count: 60_000).span, to: receiver.localEndpoint)
        batch.flush(to: socket)
        #expect(try receive(1, on: receiver).first?.bytes.count == 60_000)
    }

    @Test("A datagram longer than the slot counts as empty instead of being taken for whole")
    func truncation() throws {
        let sender = try socket()
        let receiver = try socket()
        let batch = SendBatch()
        batch.append(copying: [UInt8](repeating: 6, count: 3000).span, to: receiver.localEndpoint)
        batch.flush(to: sender)
        let small = try ReceiveBatch(capacity: 2, slotLength: 2048)
        for _ in 0..<5000 {
            if receiver.receive(into: small) { break }
            usleep(1000)
        }
        try #require(small.count == 1)
        #expect(small.withOctets(0) { $0.count } == 0)
    }

    @Test("A port in use and an address of another host are named, with what to do")
    func bindErrors() throws {
        let first = try socket()
        let taken = first.localEndpoint
        let inUse = #expect(throws: SystemError.self) { _ = try UDPSocket(bind: taken) }
        #expect(inUse?.code == EADDRINUSE)
        #expect(inUse?.description.contains("\(taken)") == true && inUse?.remedy.isEmpty == false)
        let foreign = #expect(throws: SystemError.self) {
            _ = try UDPSocket(bind: UDPEndpoint(IPv4Address(192, 0, 2, 77), 0))
        }
        #expect(foreign?.code == EADDRNOTAVAIL)
    }

    @Test(
        "Discovery: datagrams to 224.0.0.253:3544 are heard on the joined interface, once however often it was joined"
    )
    func multicast() throws {
        let heard = try NetworkSandbox.run {
            let tun = try TUNDevice(name: "mcast0")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            let discovery = try UDPSocket(listeningTo: UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort))
            try discovery.join(.teredoDiscovery, onInterface: tun.index)
            try discovery.join(.teredoDiscovery, onInterface: tun.index)
            // An IPv4 datagram to the group, as if it came in on the interface.
            var datagram: [UInt8] = [
                0x45, 0, 0, 32, 0, 0, 0, 0, 1, 17, 0, 0, 192, 168, 7, 7, 224, 0, 0, 253, 0x0F, 0xA0, 0x0D, 0xD8, 0, 12,
                0, 0, 1,
                2, 3, 4,
            ]
            var checksum = InternetChecksum()
            checksum.add(datagram.span.extracting(0..<20))
            datagram[10] = UInt8(checksum.value >> 8)
            datagram[11] = UInt8(checksum.value & 0xFF)
            let batch = try ReceiveBatch(capacity: 2)
            for round in 0..<5000 {
                if round % 100 == 0 { tun.queue.write(datagram.span) }
                if discovery.receive(into: batch) { break }
                usleep(1000)
            }
            guard batch.count > 0 else { return false }
            return batch.withOctets(0) { $0.copyAll() } == [1, 2, 3, 4]
        }
        #expect(heard)
    }
}
