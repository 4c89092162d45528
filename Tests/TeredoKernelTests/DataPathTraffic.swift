/// The traffic of the tests of the kernel's data path, as a Python program for the namespace that has both ends of a wire.
enum DataPathTraffic {
    /// Puts datagrams on the wire and looks what comes to a UDP socket of the host, then sends from the host and looks
    /// what goes out on the wire; prints the names of what got through. With `classes` it tries each pair of traffic classes,
    /// with `super` super-packets to a peer that was not heard, that has such a path itself, and that is one in userspace.
    static let program = """
        import select, socket, struct, sys, time
        own, peer = sys.argv[1], "2001:0:c000:201:0:63bf:3fff:fdfd"
        packed = lambda a: socket.inet_pton(socket.AF_INET6, a)
        def total(data):
            if len(data) % 2: data += b"\\0"
            t = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
            while t >> 16: t = (t & 65535) + (t >> 16)
            return t
        def mac(name):
            import fcntl
            s = socket.socket()
            return fcntl.ioctl(s, 0x8927, struct.pack("16s24x", name.encode()))[18:24]
        def inner(data, source=peer, to=own, header=17, hop=64, port=7000, tc=0):
            message = struct.pack(">HHHH", 9000, port, 8 + len(data), 0) + data
            pseudo = packed(source) + packed(to) + struct.pack(">II", len(message), 17)
            message = message[:6] + struct.pack(">H", 65535 - total(pseudo + message)) + message[8:]
            return struct.pack(">IHBB", 6 << 28 | tc << 20, len(message), header, hop) + packed(source) + packed(to) + message
        def frame(payload, source="192.0.2.2", to="192.0.2.1", ports=(40001, 40000), fragment=0, bad=0, options=b"", tos=0, userspace=0):
            udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
            if userspace:
                pseudo = socket.inet_aton(source) + socket.inet_aton(to) + struct.pack(">HH", 17, len(udp))
                udp = udp[:6] + struct.pack(">H", 65535 - total(pseudo + udp)) + udp[8:]
            head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, tos, 20 + len(options) + len(udp), 1, fragment, 64, 17, 0)
            head += socket.inet_aton(source) + socket.inet_aton(to) + options
            head = head[:10] + struct.pack(">H", 65535 - total(head) ^ bad) + head[12:]
            return mac("wire0") + mac("wire1") + b"\\x08\\0" + head + udp
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        wire.bind(("wire1", 0))
        host = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        host.bind((own, 7000))
        if sys.argv[2:] == ["super"]:
            def super_packet(octets, segment):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.bind((own, 7001))
                s.setsockopt(17, 103, segment)
                while select.select([wire], [], [], 0)[0]: wire.recv(65536)
                s.sendto(bytes(octets), (peer, 9))
                carried = 0
                while select.select([wire], [], [], 0.15)[0]:
                    f = wire.recv(65536)
                    if f[12:14] != b"\\x08\\0" or f[23] != 17: continue
                    assert total(f[14:34]) == 65535 and struct.unpack(">H", f[16:18])[0] == len(f) - 14
                    carried += len(f) - 14 - 28 - 48
                print("sent", octets, "of", segment or octets, "carried" if carried == octets else carried)
            for userspace in (None, 0, 1):
                if userspace is not None:
                    wire.send(frame(inner(b"data"), userspace=userspace))
                    print("received" if select.select([host], [], [], 1)[0] else "lost", userspace)
                    host.recv(2048)
                super_packet(1232, 0)
                super_packet(1233, 0)
                super_packet(1500, 500)
                super_packet(2464, 1232)
                super_packet(2466, 1233)
            sys.exit()
        if len(sys.argv) > 2:
            host.setsockopt(41, 66, 1)
            for inside in (0, 1, 2, 3, 0xB8):
                for outside in (0, 1, 2, 3, 0x28):
                    wire.send(frame(inner(b"data", tc=inside), tos=outside))
                    result = "dropped"
                    if select.select([host], [], [], 0.15)[0]:
                        result = struct.unpack("i", host.recvmsg(64, 64)[1][0][2])[0]
                    print("received", inside, outside, result)
            for inside in (0, 1, 2, 3, 0xB8, 0xBA):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.bind((own, 0))
                s.setsockopt(41, 67, inside)
                while select.select([wire], [], [], 0)[0]: wire.recv(65536)
                s.sendto(b"data", (peer, 9))
                while select.select([wire], [], [], 0.15)[0]:
                    f = wire.recv(65536)
                    if f[12:14] != b"\\x08\\0" or f[23] != 17: continue
                    assert total(f[14:34]) == 65535
                    print("sent", inside, f[15])
            sys.exit()
        stranger = "2001:0:c000:201:0:63bf:3fff:fdf0"
        received = {
            "plain": frame(inner(b"data")),
            "longest": frame(inner(bytes(1280 - 48))),
            "too long": frame(inner(bytes(1281 - 48))),
            "foreign address": frame(inner(b"data", source=stranger)),
            "foreign endpoint": frame(inner(b"data"), source="192.0.2.3"),
            "foreign port": frame(inner(b"data"), ports=(40002, 40000)),
            "other service port": frame(inner(b"data"), ports=(40001, 40003)),
            "other destination": frame(inner(b"data", to=stranger)),
            "trailer": frame(inner(b"data") + b"\\4\\2ab"),
            "truncated": frame(inner(b"data")[:-1]),
            "first fragment": frame(inner(b"data"), fragment=0x2000),
            "last fragment": frame(inner(b"data"), fragment=8),
            "IPv4 options": frame(inner(b"data"), options=b"\\1\\1\\1\\1"),
            "IPv4 checksum": frame(inner(b"data"), bad=1),
            "extension header": frame(inner(b"data", header=60)),
            "ICMPv6": frame(inner(b"data", header=58)),
            "hop limit": frame(inner(b"data", hop=1)),
            "IPv4 inside": frame(b"\\x45" + inner(b"data")[1:]),
        }
        for name, octets in received.items():
            wire.send(octets)
            if select.select([host], [], [], 0.1)[0]:
                data, source = host.recvfrom(2048)
                assert source[0] == str(peer) or socket.inet_pton(10, source[0]) == packed(peer), source
                print("received", name, len(data))
        def sent(name, data, to, source=own):
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind((source, 7001))
            while select.select([wire], [], [], 0)[0]: wire.recv(65536)
            s.sendto(data, (to, 9))
            end = time.monotonic() + 0.15
            while select.select([wire], [], [], max(0, end - time.monotonic()))[0]:
                f = wire.recv(65536)
                if f[12:14] != b"\\x08\\0" or f[23] != 17: continue
                ipv4, udp, packet = f[14:34], f[34:42], f[42:]
                assert total(ipv4) == 65535 and ipv4[0:2] == b"\\x45\\0" and ipv4[6:8] == b"\\0\\0", ipv4.hex()
                assert struct.unpack(">H", ipv4[2:4])[0] == len(f) - 14 and ipv4[12:] == b"\\xc0\\0\\2\\1\\xc0\\0\\2\\2"
                assert struct.unpack(">HHH", udp[:6]) == (40000, 40001, len(f) - 34) and f[:6] == mac("wire1")
                assert packet[8:24] == packed(own) and packet[24:40] == packed(to) and packet[48:] == data
                print("sent", name, len(data))
        sent("plain", b"data", peer)
        sent("longest", bytes(1280 - 48), peer)
        sent("to a stranger", b"data", stranger)
        sent("from another address", b"data", peer, "2001:0:c000:201::77")
        """
}
