"""Control sockets: asking real roles, and pretending to be one."""
import json
import os
import socket
import threading
import time


class Role:
    """A running role, asked on its control socket."""

    def __init__(self, path, patience=30):
        end = time.monotonic() + patience
        while True:
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.file = self.socket.makefile("rb")

    def ask(self, method, **parameters):
        request = {"version": 2, "method": method}
        if parameters:
            request["parameters"] = parameters
        self.socket.sendall((json.dumps(request) + "\n").encode())
        return json.loads(self.file.readline()).get("result")

    def close(self):
        self.file.close()
        self.socket.close()


class Pretender:
    """Listens where a role would. `answer` gets a request, and returns the line that it sends."""

    def __init__(self, path, answer):
        self.path, self.answer = path, answer
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            for line in connection.makefile("rb"):
                connection.sendall((self.answer(json.loads(line)) + "\n").encode())
        except (OSError, ValueError):
            pass

    def close(self):
        self.server.close()
        os.unlink(self.path)


def crowd(count):
    """The answers of a relay with `count` clients, all of which are busy."""
    paths = ["direct"] * 6 + ["relay", "transit", "contacting", "idle"]
    clients = [{"address": f"2001:0:c000:2ff:{n * 7919 % 65536:x}:{n * 104729 % 65536:x}:39cc:{n:x}", "path": paths[n % len(paths)],
                "endpoint": f"198.51.100.{n % 254 + 1}:{1024 + n}", "extensions": True, "symmetricNAT": n % 9 == 0}
               for n in range(count)]
    counters = {"octetsReceived": 0, "octetsSent": 0, "packetsAccepted": 0, "packetsDelivered": 0, "drops": {}, "system": {}}
    status = {"role": "relay", "state": "running", "localEndpoint": "203.0.113.1:3545", "interface": "teredo", "mtu": 1280,
              "dataPath": "userspace", "workers": 1, "servedPrefixes": [], "peers": count, "trustedPeers": count, "peerLimit": 65536,
              "inbound": {"mode": "open", "allowed": [], "refused": [], "refusedPackets": 0, "otherFilter": None}, "counters": counters}
    start = time.monotonic()

    def answer(request):
        result = {}
        seconds = time.monotonic() - start
        if request["method"] == "status":
            counters.update(octetsReceived=int(seconds * 9e5), octetsSent=int(seconds * 4e5), packetsAccepted=int(seconds * 800),
                            packetsDelivered=int(seconds * 900), drops={"rateLimited": int(seconds * 20)})
            result = {**status, "uptimeSeconds": seconds}
        elif request["method"] == "peers":
            for n, client in enumerate(clients):
                client.update(heardSeconds=(n + int(seconds)) % 30, roundTripMilliseconds=round(10 + (n * 13 + seconds * 7) % 90, 1),
                              octetsReceived=int(n * 1e4 + seconds * 3e4), octetsSent=int(n * 9e3 + seconds * 2e4))
            result = {"peerCount": count, "peers": clients}
        elif request["method"] == "metrics":
            result = {"role": "relay", "contentType": "text/plain", "text": '# TYPE teredo_up gauge\nteredo_up{role="relay"} 1\n'}
        return json.dumps({"version": 2, "id": request.get("id"), "result": result})

    return answer
