import CTeredoLinux
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

    @Test(
        "A socket on all addresses answers from the address that was addressed, and another one does not take over at once"
    )
    func answeringAddress() throws {
        let sender = try socket()
        let elsewhere = IPv4Address(127, 0, 0, 9)
        let everywhere = try UDPSocket(bind: UDPEndpoint(.unspecified, 0))
        everywhere.tellDestination()
        let port = everywhere.localEndpoint.port
        var generator = SystemRandomNumberGenerator()
        let (answers, addresses) = (SendBatch(), try AnsweringAddresses(using: &generator))
        answers.sources = addresses
        let incoming = try ReceiveBatch(capacity: 4)
        func exchange(_ own: IPv4Address) throws -> IPv4Address? {
            let questions = SendBatch()
            questions.append(copying: [1].span, to: UDPEndpoint(own, port))
            questions.flush(to: sender)
            for _ in 0..<5000 {
                if everywhere.receive(into: incoming, noting: addresses) { break }
                usleep(1000)
            }
            answers.append(copying: [2].span, to: sender.localEndpoint)
            answers.flush(to: everywhere)
            return try receive(1, on: sender).first?.source.address
        }
        #expect(try exchange(elsewhere) == elsewhere)
        #expect(try exchange(Self.loopback) == elsewhere, "one datagram to another address moves nobody")
        let now = MonotonicClock.now
        let remote = sender.localEndpoint.address
        addresses.record(Self.loopback, addressedBy: remote, now: now + .seconds(4))
        #expect(addresses.address(for: remote) == Self.loopback)
        addresses.forget()
        #expect(addresses.address(for: remote) == nil)
    }

    @Test("Answering addresses of many correspondents are kept apart, and of what is not known nothing is said")
    func answeringAddresses() throws {
        var generator = SystemRandomNumberGenerator()
        let addresses = try AnsweringAddresses(using: &generator)
        let now = MonotonicClock.now
        let own = IPv4Address(203, 0, 113, 1)
        for number in 1...200_000 as ClosedRange<UInt32> {
            addresses.record(own, addressedBy: IPv4Address(rawValue: number), now: now)
        }
        let known = (1...200_000 as ClosedRange<UInt32>).count {
            addresses.address(for: IPv4Address(rawValue: $0)) == own
        }
        // 65,536 places at most; those who come first keep theirs.
        #expect((40_000...65_536).contains(known))
        #expect(addresses.address(for: IPv4Address(rawValue: 300_000)) == nil)
    }

    @Test(
        "What does not fit into the buffer of a socket that nobody reads is counted, and so is what a successor loses"
    )
    func receiveDrops() throws {
        let sender = try socket()
        let receiver = try socket()
        var meter = ReceiveDropMeter()
        #expect(meter.read(receiver) == 0)
        // Several times the 8 MiB that the kernel makes of the 4 MiB that are asked for.
        let sent = try flood(receiver.localEndpoint, from: sender)
        let lost = meter.read(receiver)
        #expect(lost > 0 && lost < sent)
        #expect(try UInt64(receive(Int(sent - lost), on: receiver).count) == sent - lost, "what is not lost is there")
        #expect(meter.read(receiver) == lost, "what was counted is not counted again")
        try receiver.replace(with: try socket())
        meter.beginAnew()
        #expect(meter.read(receiver) == lost)
        let sentAgain = try flood(receiver.localEndpoint, from: sender)
        let lostAgain = meter.read(receiver) - lost
        #expect(try UInt64(receive(Int(sentAgain - lostAgain), on: receiver).count) == sentAgain - lostAgain)
        #expect(lostAgain > 0)
    }

    @Test("A number of drops that starts over at 2^32, or with another socket, goes on from where it was")
    func receiveDropsStartOver() {
        var meter = ReceiveDropMeter()
        meter.note(7)
        meter.note(7)
        meter.note(10)
        #expect(meter.total == 10)
        meter.note(4)
        #expect(meter.total == 14)
        meter.beginAnew()
        meter.note(20)
        #expect(meter.total == 34)
    }

    /// Sends more to a loopback endpoint than any buffer takes; returns how many datagrams.
    private func flood(_ target: UDPEndpoint, from sender: borrowing UDPSocket) throws -> UInt64 {
        let batch = SendBatch(capacity: 64)
        let payload = [UInt8](repeating: 1, count: 1000)
        for _ in 0..<20_000 {
            if batch.isFull(forCopyOf: payload.count) { batch.flush(to: sender) }
            batch.append(copying: payload.span, to: target)
        }
        batch.flush(to: sender)
        try #require(batch.failures == 0 && batch.overflows == 0)
        return 20_000
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

    @Test("A datagram with a time to live of its own keeps it, and those around it have the usual one")
    func timeToLive() throws {
        let sender = try socket()
        let receiver = try socket()
        var isOn: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        let result = unsafe setsockopt(receiver.descriptor, CInt(IPPROTO_IP), IP_RECVTTL, &isOn, length)
        #expect(result == 0)
        let batch = SendBatch()
        batch.usesSegmentation = true
        for (number, limit) in ([nil, nil, 3, nil, 255, 3] as [UInt8?]).enumerated() {
            batch.append(copying: [UInt8(number), 0].span, to: receiver.localEndpoint, timeToLive: limit)
        }
        batch.flush(to: sender)
        let arrived = try (0..<6).map { _ in try receiveWithTimeToLive(receiver.descriptor) }
        #expect(arrived.map(\.number) == [0, 1, 2, 3, 4, 5])
        #expect(arrived.map(\.timeToLive) == [64, 64, 3, 64, 255, 3])
    }

    /// The first octet of the next datagram, and its time to live.
    private func receiveWithTimeToLive(_ descriptor: CInt) throws -> (number: UInt8, timeToLive: CInt) {
        var octets = [UInt8](repeating: 0, count: 16)
        var control = [UInt8](repeating: 0, count: 64)
        for _ in 0..<5000 {
            let count = unsafe octets.withUnsafeMutableBytes { octets in
                unsafe control.withUnsafeMutableBytes { control in
                    var vector = unsafe iovec(iov_base: octets.baseAddress, iov_len: octets.count)
                    return unsafe withUnsafeMutablePointer(to: &vector) { vector in
                        var message = unsafe msghdr()
                        unsafe message.msg_iov = vector
                        unsafe message.msg_iovlen = 1
                        unsafe message.msg_control = control.baseAddress
                        unsafe message.msg_controllen = control.count
                        return unsafe recvmsg(descriptor, &message, CInt(MSG_DONTWAIT))
                    }
                }
            }
            if count > 0 {
                // One control message: its length, level and type, and then the number.
                let value = unsafe control.withUnsafeBytes {
                    unsafe $0.loadUnaligned(fromByteOffset: 16, as: CInt.self)
                }
                return (octets[0], value)
            }
            usleep(1000)
        }
        throw CancellationError()
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

    @Test("SEC-38: an ICMP error tells what was sent, to whom and who says so, and is told once")
    func takesErrors() throws {
        let sender = try socket()
        let closed = try socket().localEndpoint
        let batch = SendBatch()
        for number in 0..<3 as Range<UInt8> {
            batch.append(copying: [UInt8](repeating: number, count: 1000).span, to: closed)
            batch.flush(to: sender)
        }
        var errors: [(error: ICMPv4Error, quoted: [UInt8])] = []
        // On the loopback interface errors are there when the datagram has left.
        sender.takeErrors { errors.append(($0, $1.copyAll())) }
        #expect(errors.count == 3)
        #expect(errors.allSatisfy { $0.error == ICMPv4Error(.portUnreachable, by: Self.loopback, about: closed) })
        #expect(errors.map(\.quoted) == (0..<3).map { [UInt8](repeating: $0, count: 520) })
        sender.takeErrors { _, _ in Issue.record("nothing is left") }
        #expect(batch.hasMetError, "the kernel told of an earlier datagram when the next one was to leave")
        #expect(batch.failures == 0)
    }

    @Test(
        "SEC-61: a datagram has the class of the packet that it is, beside others of other classes, cut by the kernel or not"
    )
    func trafficClasses() throws {
        let sender = try socket()
        let receiver = try socket()
        receiver.tellTrafficClass()
        _ = receiver.enable([.udpGRO])
        func packet(_ trafficClass: UInt8, _ length: Int) -> [UInt8] {
            [0x60 | trafficClass >> 4, trafficClass << 4, 0, 0, 0, 0, 17, 64] + [UInt8](repeating: 7, count: length - 8)
        }
        let classes: [UInt8] = [0, 0, 0xB8, 0xB8, 0xBA, 0x01, 0x01, 0]
        for usesSegmentation in [false, true] {
            let batch = SendBatch()
            batch.copiesTrafficClass = true
            batch.usesSegmentation = usesSegmentation && !sender.enable([.udpGSO]).isEmpty
            for trafficClass in classes {
                batch.append(copying: packet(trafficClass, 100).span, to: receiver.localEndpoint)
            }
            batch.append(copying: [0, 1, 2, 3].span, to: receiver.localEndpoint)
            batch.flush(to: sender)
            let received = try ReceiveBatch(capacity: 16)
            var seen: [UInt8] = []
            for _ in 0..<5000 where seen.count < classes.count + 1 {
                guard receiver.receive(into: received) else {
                    usleep(1000)
                    continue
                }
                for index in 0..<received.count {
                    for start in stride(from: 0, to: received.length(index), by: max(1, received.segmentLength(index)))
                    {
                        let end = min(received.length(index), start + received.segmentLength(index))
                        // What is not marked inside takes the class of the datagram.
                        received.withOctets(index) { octets in
                            #expect(octets[start] == 0 || octets[start] >> 4 == 6)
                        }
                        #expect(received.adoptTrafficClass(index, start..<end))
                        received.withOctets(index) { octets in
                            seen.append(octets[start] == 0 ? 0xFF : octets[start] << 4 | octets[start + 1] >> 4)
                        }
                    }
                }
            }
            #expect(seen == classes + [0xFF], "segmentation \(usesSegmentation)")
        }
    }

    @Test("RFC 6040: a packet whose transport knows no ECN is dropped when it met congestion; a bubble is left alone")
    func congestion() throws {
        let sender = try socket()
        let receiver = try socket()
        receiver.tellTrafficClass()
        // The class of a socket stands in for a network that marks.
        var mark: CInt = 3
        let result = unsafe setsockopt(
            sender.descriptor,
            CInt(IPPROTO_IP),
            IP_TOS,
            &mark,
            socklen_t(MemoryLayout<CInt>.size)
        )
        #expect(result == 0)
        func header(_ trafficClass: UInt8, nextHeader: UInt8) -> [UInt8] {
            [0x60 | trafficClass >> 4, trafficClass << 4, 0, 0, 0, 0, nextHeader, 64] + [UInt8](repeating: 1, count: 32)
        }
        let batch = SendBatch()
        for octets in [
            header(0, nextHeader: 17), header(0xB8, nextHeader: 6), header(2, nextHeader: 17),
            header(0, nextHeader: 59),
        ] {
            batch.append(copying: octets.span, to: receiver.localEndpoint)
        }
        batch.flush(to: sender)
        let received = try ReceiveBatch(capacity: 16)
        for _ in 0..<5000 where received.count < 4 {
            if !receiver.receive(into: received) { usleep(1000) }
        }
        try #require(received.count == 4)
        let passes = (0..<4).map { received.adoptTrafficClass($0, 0..<40) }
        #expect(passes == [false, false, true, true])
        let after = (0..<4).map { index in received.withOctets(index) { [$0[0], $0[1]] } }
        #expect(after == [[0x60, 0], [0x6B, 0x80], [0x60, 0x30], [0x60, 0]])
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
        #expect(option(IP_MTU_DISCOVER) == IP_PMTUDISC_OMIT)
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
