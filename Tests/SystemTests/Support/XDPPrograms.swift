/// Python programs for the tests of the kernel's answers.
enum XDPPrograms {
    /// Attaches an XDP program that passes everything to the interface argument and holds it: the other end of a veth pair
    /// takes native answers only then.
    static let holdPassingProgram = """
        import ctypes, socket, struct, sys, time
        libc = ctypes.CDLL(None, use_errno=True)
        def bpf(command, data):
            attributes = ctypes.create_string_buffer(data, 128)
            result = libc.syscall({"x86_64": 321}.get(__import__("platform").machine(), 280), command, attributes, 128)
            if result < 0: raise OSError(ctypes.get_errno(), "bpf")
            return result
        code = ctypes.create_string_buffer(bytes([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]))
        license = ctypes.create_string_buffer(b"none")
        program = bpf(5, struct.pack("<IIQQ", 6, 2, ctypes.addressof(code), ctypes.addressof(license)))
        link = bpf(28, struct.pack("<IIII", program, socket.if_nametoindex(sys.argv[1]), 37, 4))
        print("attached")
        time.sleep(120)
        """

    /// Sends solicitations of every kind, right and wrong, to both addresses (the arguments), and prints what comes back.
    static let solicitations = """
        import socket, sys
        def checksum(data):
            t = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
            while t >> 16: t = (t & 65535) + (t >> 16)
            return 65535 - t
        def rs(source="fe80::ffff:ffff:ffff", to="ff02::2", hop=255, kind=133, code=0, options=b"", bad=False, first=0x60):
            s, d = (socket.inet_pton(socket.AF_INET6, a) for a in (source, to))
            m = bytearray([kind, code, 0, 0, 0, 0, 0, 0]) + options
            m[2:4] = checksum(s + d + len(m).to_bytes(4, "big") + (58).to_bytes(4, "big") + m).to_bytes(2, "big")
            if bad: m[2] ^= 1
            return bytes([first, 0, 0, 0]) + len(m).to_bytes(2, "big") + bytes([58, hop]) + s + d + bytes(m)
        def auth(nonce, name=b"", value=b"", confirmation=0):
            return bytes([0, 1, len(name), len(value)]) + name + value + nonce + bytes([confirmation])
        cone = "fe80::8000:ffff:ffff:ffff"
        plain = [rs(), rs(cone), auth(b"12345678") + rs(), auth(b"\\xff" * 8, confirmation=7) + rs(cone),
            auth(bytes(8)) + rs("fe80::5445:5245:444f"), rs("febf:1:2:3:4:5:6:7"), rs(first=0x6f)]
        other = [rs(options=bytes([1, 1, 0, 0, 0, 0, 0, 0])), auth(b"abcdefgh", b"id") + rs(),
            auth(b"abcdefgh", b"id", b"v" * 20) + rs(), rs() + b"\\x04\\x04abcd"]
        wrong = [rs(hop=254), rs(to="ff02::1"), rs("2001:db8::1"), rs(kind=134), rs(code=1), rs(bad=True), rs(first=0x40),
            auth(b"12345678") + rs(bad=True), b"", rs()[:47], rs("fe80::8000:f227:3fff:fdfe"), bytes(48), bytes(61)]
        for to in sys.argv[1:]:
            for wait, items in ((3, plain), (3, other), (0.1, wrong)):
                for number, payload in enumerate(items):
                    for without_checksum in (0, 1):
                        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        s.setsockopt(socket.SOL_SOCKET, 11, without_checksum)
                        s.bind(("0.0.0.0", 40000 + number))
                        s.settimeout(wait)
                        s.sendto(payload, (to, 3544))
                        try:
                            data, source = s.recvfrom(2048)
                            print(source[0], source[1], data.hex())
                        except TimeoutError: print("none")
                        s.close()
        """

    /// Sends 100 solicitations at once to the address argument and prints how many answers come.
    static let burst = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(1)
        packet = bytes.fromhex("6000000000083aff" + "fe800000000000000000ffffffffffff"
            + "ff020000000000000000000000000002" + "85007d3700000000")
        for _ in range(100): s.sendto(packet, (sys.argv[1], 3544))
        answers = 0
        try:
            while True:
                s.recv(2048)
                answers += 1
        except TimeoutError: print(answers)
        """
}
