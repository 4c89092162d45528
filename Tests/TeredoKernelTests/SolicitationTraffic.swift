/// The traffic of the tests of the kernel's answers, as Python programs for the namespace that has both ends of a wire.
///
/// What the program must give is computed here anew, from the RFCs alone: every octet of an answer is compared.
enum SolicitationTraffic {
    /// What both programs need. Arguments: the advertisement's template, the server's link-local address.
    private static let tools = """
        import fcntl, select, socket, struct, sys, time
        template, own = bytes.fromhex(sys.argv[1]), sys.argv[2]
        primary, secondary, client = "192.0.2.1", "192.0.2.3", "198.51.100.7"
        packed = lambda a: socket.inet_pton(socket.AF_INET6, a)
        def total(data):
            if len(data) % 2: data += b"\\0"
            t = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
            while t >> 16: t = (t & 65535) + (t >> 16)
            return t
        def mac(name):
            return fcntl.ioctl(socket.socket(), 0x8927, struct.pack("16s24x", name.encode()))[18:24]
        here, there = mac("wire0"), mac("wire1")
        def icmp(source, to, message):
            t = total(source + to + struct.pack(">II", len(message), 58) + message[:2] + b"\\0\\0" + message[4:])
            return message[:2] + struct.pack(">H", 65535 - t) + message[4:]
        def rs(source="fe80::ffff:ffff:ffff", to="ff02::2", hop=255, kind=133, code=0, first=0x60, length=8, header=58, bad=0):
            s, d = packed(source), packed(to)
            m = icmp(s, d, bytes([kind, code, 0, 0, 0, 0, 0, 0]))
            m = m[:2] + struct.pack(">H", int.from_bytes(m[2:4], "big") ^ bad) + m[4:]
            return struct.pack(">BBHHBB", first, 0, 0, length, header, hop) + s + d + m
        def auth(nonce=b"12345678", confirmation=0, head=b"\\0\\1\\0\\0"):
            return head + nonce + bytes([confirmation])
        def pseudo(source, to, udp):
            return socket.inet_aton(source) + socket.inet_aton(to) + struct.pack(">HH", 17, len(udp))
        def datagram(payload, source=client, to=primary, ports=(40001, 3544), checksum="right", tos=0, fragment=0, protocol=17,
                     options=b"", bad=0, more=0, udp_more=0, kind=0x0800, station=None, ttl=60, version=0x45):
            udp = struct.pack(">HHHH", *ports, 8 + len(payload) + udp_more, 0) + payload
            head = pseudo(source, to, udp)
            value = {"right": 65535 - total(head + udp) or 65535, "none": 0, "pseudo": total(head),
                     "wrong": 65535 - total(head + udp) ^ 0x0101}[checksum]
            udp = udp[:6] + struct.pack(">H", value) + udp[8:]
            ipv4 = struct.pack(">BBHHHBBH", version + len(options) // 4, tos, 20 + len(options) + len(udp) + more, 7, fragment, ttl,
                               protocol, 0) + socket.inet_aton(source) + socket.inet_aton(to) + options
            ipv4 = ipv4[:10] + struct.pack(">H", 65535 - total(ipv4) ^ bad) + ipv4[12:]
            return (station or here) + there + struct.pack(">H", kind) + ipv4 + udp
        def answer(frame, us):
            payload, to = frame[42:], frame[26:30]
            head, solicitation = payload[:-48], payload[-48:]
            if head: head = b"\\0\\1\\0\\0" + head[4:12] + b"\\0"
            port = int.from_bytes(frame[34:36], "big")
            origin = struct.pack(">HH", 0, port ^ 65535) + bytes(o ^ 255 for o in to)
            source, destination = template[8:24], solicitation[8:24]
            packet = template[:24] + destination + icmp(source, destination, template[40:])
            udp = struct.pack(">HHHH", 3544, port, 8 + len(head) + 8 + len(packet), 0) + head + origin + packet
            t = total(pseudo(us, socket.inet_ntoa(to), udp) + udp)
            udp = udp[:6] + struct.pack(">H", 65535 - t or 65535) + udp[8:]
            ipv4 = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + socket.inet_aton(us) + to
            return there + here + b"\\x08\\0" + ipv4 + udp
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        wire.bind(("wire1", 0))
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        tap.bind(("wire0", 0))
        identifications = set()
        def is_answer(f): return len(f) > 36 and f[23] == 17 and f[12:14] == b"\\x08\\0" and f[34:36] == b"\\x0d\\xd8"
        def plain(f):
            # The identification is the only field that is free.
            assert total(f[14:34]) == 65535, "IPv4 checksum"
            identifications.add(f[18:20])
            return f[:18] + b"\\0\\0" + f[20:24] + b"\\0\\0" + f[26:]
        def outcome(frame, wait=2):
            wire.send(frame)
            end = time.monotonic() + wait
            while True:
                ready = select.select([tap, wire], [], [], max(0, end - time.monotonic()))[0]
                if not ready: return "nothing", b""
                for s in ready:
                    f, where = s.recvfrom(65536)
                    if where[2] == 4: continue
                    if s is tap and f == frame: return "up", f
                    if s is wire and is_answer(f): return "answered", f
        """

    /// Puts solicitations of every kind on the wire; prints what was not as it has to be, and the totals of what was answered.
    static let kinds =
        tools + """

            cone = "fe80::8000:ffff:ffff:ffff"
            def with_sum(make, wanted):
                # A nonce with which the UDP checksum comes out as `wanted`.
                base = make(bytes(8))
                t = total(pseudo(socket.inet_ntoa(base[26:30]), socket.inet_ntoa(base[30:34]), base[34:])
                          + base[34:40] + b"\\0\\0" + base[42:])
                nonce = struct.pack(">H", (wanted - t) % 65535) + bytes(6)
                return make(nonce)
            near = ["fe80:1::8000:f227:3fff:fdfe", "fe80:0:0:1:8000:f227:3fff:fdfe", "fe80::8001:f227:3fff:fdfe",
                "fe80::8000:f227:3fff:fdff"]
            answered = {
                "plain": (datagram(rs()), primary),
                "cone": (datagram(rs(cone)), secondary),
                "secondary": (datagram(rs(), to=secondary), secondary),
                "cone to the secondary": (datagram(rs(cone), to=secondary), primary),
                "authenticated": (datagram(auth() + rs()), primary),
                "authenticated, cone": (datagram(auth(b"\\xff\\xfe\\xfd\\xfc\\xfb\\xfa\\xf9\\xf8") + rs(cone)), secondary),
                "confirmation": (datagram(auth(confirmation=9) + rs()), primary),
                "no checksum": (datagram(rs(), checksum="none"), primary),
                "authenticated, no checksum": (datagram(auth() + rs(), checksum="none"), primary),
                "offloaded checksum": (datagram(rs(), checksum="pseudo"), primary),
                "authenticated, offloaded checksum": (datagram(auth() + rs(), checksum="pseudo"), primary),
                "checksum 0xFFFF": (with_sum(lambda n: datagram(auth(n) + rs()), 65535), primary),
                "another source": (datagram(rs("febf:1:2:3:4:5:6:7")), primary),
                "flow label and class": (datagram(rs(first=0x6f)), primary),
                "DSCP, ECN": (datagram(rs(), tos=0xbb), primary),
                "do not fragment": (datagram(rs(), fragment=0x4000), primary),
                "TTL 1": (datagram(rs(), ttl=1), primary),
                "lowest port": (datagram(rs(), ports=(1, 3544)), primary),
                "highest port": (datagram(rs(), ports=(65535, 3544)), primary),
                "exception": (datagram(rs(), source="203.0.113.200"), primary),
            }
            lacking = answer(datagram(auth(bytes(8)) + rs()), primary)
            t = total(pseudo(primary, client, lacking[34:]) + lacking[34:40] + b"\\0\\0" + lacking[42:])
            answered["answer whose checksum is 0"] = (datagram(auth(struct.pack(">H", 65535 - t) + bytes(6)) + rs()), primary)
            assert answer(*answered["answer whose checksum is 0"])[40:42] == b"\\xff\\xff"
            for a in near: answered["near to our own: " + a] = (datagram(rs(a)), secondary)
            up = {
                "multicast frame": datagram(rs(), station=b"\\1\\0\\x5e\\0\\0\\1"),
                "other ethertype": datagram(rs(), kind=0x0801),
                "IPv4 options": datagram(rs(), options=b"\\1\\1\\1\\1"),
                "IPv4 version": datagram(rs(), version=0x55),
                "another protocol": datagram(rs(), protocol=136),
                "first fragment": datagram(rs(), fragment=0x2000),
                "last fragment": datagram(rs(), fragment=1),
                "far fragment": datagram(rs(), fragment=0x1000),
                "another port": datagram(rs(), ports=(40001, 3545)),
                "port 0": datagram(rs(), ports=(0, 3544)),
                "another address": datagram(rs(), to="192.0.2.4"),
                "total length too small": datagram(rs(), more=-1),
                "total length too large": datagram(rs(), more=1),
                "UDP length too small": datagram(rs(), udp_more=-1),
                "UDP length too large": datagram(rs(), udp_more=1),
                "padding": datagram(rs()) + b"\\0",
                "padding, authenticated": datagram(auth() + rs()) + b"\\0",
                "cut off": datagram(rs())[:-1],
                "no payload": datagram(b""),
                "headers only": datagram(rs())[:42],
                "too short": datagram(rs())[:41],
                "Ethernet only": datagram(rs())[:14],
                "one octet less": datagram(rs()[:-1]),
                "one octet more": datagram(rs() + b"\\0"),
                "trailer": datagram(rs() + b"\\4\\2ab"),
                "authenticated, one octet less": datagram(auth() + rs()[:-1]),
                "authenticated, one octet more": datagram(auth() + rs() + b"\\0"),
                "identifier": datagram(auth(head=b"\\0\\1\\1\\0") + rs()),
                "value": datagram(auth(head=b"\\0\\1\\0\\1") + rs()),
                "not authentication": datagram(auth(head=b"\\0\\2\\0\\0") + rs()),
                "not zero before it": datagram(auth(head=b"\\1\\1\\0\\0") + rs()),
                "IPv4 checksum": datagram(rs(), bad=1),
                "IPv4 checksum, high octet": datagram(rs(), bad=0x100),
                "UDP checksum": datagram(rs(), checksum="wrong"),
                "UDP checksum, authenticated": datagram(auth() + rs(), checksum="wrong"),
                "IPv6 version": datagram(rs(first=0x50)),
                "IPv6 version 14": datagram(rs(first=0xe0)),
                "payload length": datagram(rs(length=9)),
                "payload length, high octet": datagram(rs(length=0x108)),
                "another header": datagram(rs(header=59)),
                "hop limit": datagram(rs(hop=254)),
                "site-local source": datagram(rs("fec0::1")),
                "unique local source": datagram(rs("fd80::1")),
                "global source": datagram(rs("2001:db8::1")),
                "unspecified source": datagram(rs("::")),
                "to all nodes": datagram(rs(to="ff02::1")),
                "to another scope": datagram(rs(to="ff05::2")),
                "to a group, word 0": datagram(rs(to="ff02:1::2")),
                "to a group, word 1": datagram(rs(to="ff02:0:1::2")),
                "to a group, word 2": datagram(rs(to="ff02::1:0:0:2")),
                "to a group, word 3": datagram(rs(to="ff02::1:2")),
                "advertisement": datagram(rs(kind=134)),
                "code": datagram(rs(code=1)),
                "ICMPv6 checksum": datagram(rs(bad=1)),
                "ICMPv6 checksum, high octet": datagram(rs(bad=0x8000)),
                "ICMPv6 checksum, authenticated": datagram(auth() + rs(bad=1)),
                "our own": datagram(rs(own)),
                "forbidden": datagram(rs(), source="203.0.113.7"),
            }
            count = received = sent = 0
            for name, (frame, us) in answered.items():
                what, reply = outcome(frame)
                if what != "answered": print("not answered:", name, what)
                elif plain(reply) != answer(frame, us): print("another answer:", name, reply.hex(), answer(frame, us).hex())
                count, received, sent = count + 1, received + len(frame) - 42, sent + len(answer(frame, us)) - 42
            for name, frame in up.items():
                what, reply = outcome(frame)
                if what != "up": print("not passed:", name, what, reply.hex())
            if len(identifications) < 2: print("every answer has the same identification")
            print(count, received, sent)
            """

    /// Sends solicitations of a cone client, which the other address would have to answer, and a plain one.
    static let otherAddress =
        tools + """

            print(outcome(datagram(rs("fe80::8000:ffff:ffff:ffff")))[0], outcome(datagram(rs()))[0])
            """

    /// Solicits once, then floods in the name of the same address for 3 s; prints what came meanwhile of solicitations of the endpoint,
    /// and of one that was never answered.
    static let shares =
        tools + """

            def tell(name, port, flooded=True):
                # Whatever one token has come back since the last time is gone before the solicitation.
                for frame in flood[:50 * flooded]: wire.send(frame)
                while select.select([wire], [], [], 0.1)[0]: wire.recv(65536)
                for frame in flood[:50 * flooded]: wire.send(frame)
                frame = datagram(rs(), ports=(port, 3544))
                wire.send(frame)
                end, what = time.monotonic() + 0.3, "nothing"
                while select.select([wire], [], [], max(0, end - time.monotonic()))[0]:
                    f, where = wire.recvfrom(65536)
                    if where[2] != 4 and is_answer(f) and f[36:38] == frame[34:36]: what = "answered"
                print(name, what)
            flood = [datagram(rs(), ports=(10000 + i, 3544)) for i in range(4000)]
            tell("first", 40001, flooded=False)
            start = time.monotonic()
            for frame in flood: wire.send(frame)
            tell("at once", 40001)
            while time.monotonic() < start + 3.1:
                for frame in flood[:200]: wire.send(frame)
                time.sleep(0.05)
            tell("another port", 40002)
            tell("later", 40001)
            tell("again", 40001)
            """

    /// Sends 9 solicitations of one source at once, 2 of another one, and one more of the first after 1.2 s; prints how many
    /// of each were answered.
    static let limits =
        tools + """

            def burst(source, count):
                for _ in range(count): wire.send(datagram(rs(), source=source))
                answers, end = 0, time.monotonic() + 0.3
                while select.select([wire], [], [], max(0, end - time.monotonic()))[0]:
                    f, where = wire.recvfrom(65536)
                    answers += where[2] != 4 and is_answer(f)
                return answers
            first = [datagram(rs(), source="198.51.100.1")] * 9
            for frame in first: wire.send(frame)
            start = time.monotonic()
            answers = burst(client, 0), burst("198.51.100.100", 2)
            time.sleep(max(0, start + 1.2 - time.monotonic()))
            print(*answers, burst("198.51.100.1", 1))
            """
}
