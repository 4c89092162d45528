/// What talks to a proxy, and what it talks to, in Python.
enum ProxyPrograms {
    /// Command lines of mistakes, each with what is said about it.
    static let mistakes: [([String], String)] = [
        (["proxy", "--server", "192.0.2.1", "--listen", "0.0.0.0:1080"], "is not loopback"),
        (["proxy", "--server", "192.0.2.1", "--listen", "[2001:db8::1]:1080"], "see --listen-anywhere"),
        (
            ["proxy", "--server", "192.0.2.1", "--listen", "::1:1080"],
            "'::1:1080' is not an address and a port such as"
        ),
        (["proxy", "--server", "192.0.2.1", "--listen", "localhost"], "'localhost' is not an address and a port"),
        (["proxy"], "--server"),
        (["proxy", "--server", "10.0.0.1"], "private"),
        (["proxy", "--server", "192.0.2.1", "--interface", "t"], "--interface"),
        (["connect", "example.org", "0"], "'0' is not a port, 1 to 65535"),
        (["connect", "example.org"], "<port>"),
        (["connect", "", "80"], "the host has 0 octets"),
        (
            ["connect", "--proxy", "127.0.0.1:1", "--server", "192.0.2.1", "example.org", "80"],
            "no effect with --proxy"
        ),
        (["connect", "--server", "192.0.2.300", "example.org", "80"], "'192.0.2.300' is neither"),
        (["connect", "--proxy", "127.0.0.1:1", "--no-proxy", "example.org", "80"], "no effect with --proxy"),
        (["connect", "--proxy", "nonsense", "example.org", "80"], "'nonsense' is not an address and a port"),
    ]

    /// Answers questions for the IPv6 address of native.example.
    static let nameServer = """
        import socket, struct, sys
        address = socket.inet_pton(socket.AF_INET6, sys.argv[2])
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((sys.argv[1], 53))
        print('serving')
        while True:
            q, peer = s.recvfrom(65536)
            end, labels = 12, []
            while q[end]:
                labels.append(q[end + 1:end + 1 + q[end]].decode())
                end += q[end] + 1
            end += 5
            kind, = struct.unpack('>H', q[end - 4:end - 2])
            known = labels == ['native', 'example']
            record = b'\\xc0\\x0c' + struct.pack('>HHIH', 28, 1, 60, 16) + address if known and kind == 28 else b''
            head = struct.pack('>HHHHH', 0x8180 if known else 0x8183, 1, 1 if record else 0, 0, 0)
            s.sendto(q[:2] + head + q[12:end] + record, peer)
        """

    /// 8001 sends as many octets as it is asked for, 8002 tells the sum of what it gets, 8003 gives all back at its end.
    static let services = """
        import hashlib, socket, sys, threading, time
        def pattern(n): return (bytes(range(251)) * (n // 251 + 1))[:n]
        def everything(c):
            parts = []
            while part := c.recv(1 << 16): parts.append(part)
            return b''.join(parts)
        def give(c):
            n = int(c.recv(100))
            c.sendall(pattern(n))
        def take(c): c.sendall(hashlib.sha256(everything(c)).hexdigest().encode())
        def echo(c): c.sendall(everything(c))
        def progress(c):
            n, sent = int(c.recv(100)), 0
            data = pattern(n)
            c.settimeout(1.5)
            told = False
            while sent < n:
                try:
                    sent += c.send(data[sent:sent + 65536])
                except TimeoutError:
                    if not told: reports.append(sent)
                    told = True
        reports = []
        def late(c):
            c.shutdown(socket.SHUT_WR)
            time.sleep(2)
            total = 0
            try:
                while part := c.recv(1 << 16): total += len(part)
            except OSError as error: total = f'{error} after {total}'
            reports.append(total)
        def page(c):
            c.recv(1000)
            c.sendall(b'HTTP/1.0 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n')
        def report(c): c.sendall(str(reports[-1] if reports else -1).encode())
        def serve(port, body):
            def run(c):
                try: body(c)
                except OSError: pass
                finally: c.close()
            listener = socket.create_server((sys.argv[1], port), family=socket.AF_INET6, backlog=200)
            def accept():
                while True: threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()
            threading.Thread(target=accept, daemon=True).start()
        bodies = {8001: give, 8002: take, 8003: echo, 8004: progress, 8005: report, 8006: page, 8007: late}
        for port, body in bodies.items(): serve(port, body)
        print('serving')
        threading.Event().wait()
        """

    /// What a program at the proxy does; the first argument says what.
    static let trials = """
        import hashlib, os, random, socket, struct, sys, threading, time
        def pattern(n): return (bytes(range(251)) * (n // 251 + 1))[:n]
        def exactly(s, n):
            data = b''
            while len(data) < n:
                part = s.recv(n - len(data))
                if not part: raise EOFError
                data += part
            return data
        def request(address, port, command=1):
            s = socket.create_connection(('127.0.0.1', 1080), 60)
            s.sendall(b'\\x05\\x02\\x00\\x02')
            assert exactly(s, 2) == b'\\x05\\x00'
            s.sendall(bytes([5, command, 0]) + address + struct.pack('>H', port))
            answer = exactly(s, 4)
            exactly(s, 18)
            return s, answer[1]
        def name(host): return bytes([3, len(host)]) + host.encode()
        def everything(s):
            parts = []
            while part := s.recv(1 << 16): parts.append(part)
            return b''.join(parts)
        def judge(data, n): print(n, 'octets as they should be' if data == pattern(n) else f'octets, but {len(data)} came')
        def fetch(address, n):
            s, reply = request(address, 8001)
            print('reply', reply)
            s.sendall(b'%d' % n)
            judge(everything(s), n)
        trial, *rest = sys.argv[1:]
        if trial == 'fetch': fetch(name(rest[0]), int(rest[1]))
        elif trial == 'fetch-address': fetch(b'\\x04' + socket.inet_pton(socket.AF_INET6, rest[0]), int(rest[1]))
        elif trial == 'send':
            s, _ = request(name(rest[0]), 8002)
            data = pattern(int(rest[1]))
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            right = everything(s).decode() == hashlib.sha256(data).hexdigest()
            print(len(data), 'octets arrived' + (' as they should be' if right else ', but others'))
        elif trial == 'many':
            good = []
            def one(i):
                s, reply = request(name(rest[0]), 8003)
                data = pattern(20000 + i)
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                if reply == 0 and everything(s) == data: good.append(i)
            threads = [threading.Thread(target=one, args=(i,)) for i in range(int(rest[1]))]
            for t in threads: t.start()
            for t in threads: t.join()
            print(len(good), 'of', rest[1])
        elif trial == 'reply': print('reply', request(name(rest[1]), int(rest[2]), int(rest[0]))[1])
        elif trial == 'ipv4': print('reply', request(b'\\x01' + bytes([192, 0, 2, 1]), 80)[1])
        elif trial == 'half-close':
            s, _ = request(name(rest[0]), 8003)
            s.sendall(pattern(100000))
            s.shutdown(socket.SHUT_WR)
            time.sleep(1)
            data = everything(s)
            print(len(data) if data == pattern(100000) else 'other', 'octets came back after the end')
        elif trial == 'late':
            s, _ = request(name(rest[0]), 8007)
            assert s.recv(1) == b''
            s.sendall(pattern(int(rest[1])))
            s.close()
            for _ in range(40):
                time.sleep(0.5)
                r, _ = request(name(rest[0]), 8005)
                if (report := everything(r).decode()) != '-1': break
            print(report, 'octets arrived')
        elif trial == 'slow':
            s, _ = request(name(rest[0]), 8004)
            s.sendall(rest[1].encode())
            time.sleep(5)
            r, _ = request(name(rest[0]), 8005)
            print('held back at', everything(r).decode())
            judge(everything(s), int(rest[1]))
        elif trial == 'garbage':
            random.seed(1)
            for i in range(int(rest[0])):
                s = socket.create_connection(('127.0.0.1', 1080), 5)
                data = random.randbytes(random.randrange(600))
                if i % 3 == 1: data = b'\\x05' + data
                if i % 3 == 2: data = b'\\x05\\x01\\x00\\x05\\x01\\x00' + data
                try: s.sendall(data)
                except OSError: pass
                if i % 2: s.close()
        elif trial == 'silent':
            idle = [socket.create_connection(('127.0.0.1', 1080), 5) for _ in range(int(rest[0]))]
            s, reply = request(name(rest[1]), 8001)
            s.sendall(b'100')
            if everything(s) == pattern(100): print('served beside', len(idle))
        elif trial == 'full':
            def begin():
                s = socket.create_connection(('127.0.0.1', 1080), 20)
                s.sendall(b'\\x05\\x01\\x00')
                assert exactly(s, 2) == b'\\x05\\x00'
                s.sendall(b'\\x05\\x01\\x00' + name('2001:db8::1') + struct.pack('>H', 80))
                return s
            held = [begin() for _ in range(256)]
            time.sleep(1)
            print('reply', exactly(begin(), 22)[1], flush=True)
            time.sleep(5)
        elif trial == 'hold':
            s, reply = request(name(rest[0]), 8003)
            print('reply', reply, flush=True)
            try:
                if not s.recv(1): print('broken off')
            except ConnectionResetError: print('broken off')
        """

    /// A SOCKS proxy that asks for a password, and tells what it heard.
    static let otherProxy = """
        import socket
        listener = socket.create_server(('127.0.0.1', 1080))
        print('serving')
        while True:
            c, _ = listener.accept()
            print('heard', c.recv(1000).hex())
            c.sendall(b'\\x05\\xff')
            print('heard', c.recv(1000).hex())
            c.close()
        """

    /// Tries to connect from outside.
    static let knock = """
        import socket, sys
        try:
            socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
            print('connected')
        except ConnectionRefusedError: print('refused')
        except OSError as error: print(error)
        """
}
