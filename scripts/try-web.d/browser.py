"""Drives a headless Chromium through its DevTools protocol, with the standard library alone."""
import base64
import json
import os
import socket
import struct
import subprocess
import time


class Browser:
    """A Chromium of its own; `prefix` is put before its command, to run it in a namespace."""

    def __init__(self, program, folder, prefix):
        self.log = open(os.path.join(folder, "chromium.log"), "wb")
        self.folder = os.path.join(folder, "profile")
        self.process = subprocess.Popen(
            prefix + [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                      "--disable-background-networking", "--disable-component-update", "--disable-sync",
                      "--disable-domain-reliability", "--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*",
                      "--user-data-dir=" + self.folder, "about:blank"],
            stdout=self.log, stderr=self.log, start_new_session=True)
        port_file = os.path.join(self.folder, "DevToolsActivePort")
        end = time.monotonic() + 60
        while not os.path.exists(port_file) or open(port_file).read().count("\n") < 1:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("Chromium does not start; see " + self.log.name)
            time.sleep(0.05)
        self.port, self.path = open(port_file).read().split("\n")[:2]

    def close(self):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()


class Page:
    """A tab. `network` enters the namespace that Chromium is in: only there is its port."""

    def __init__(self, browser, network):
        self.events, self.number, self.requests, self.faults, self.sizes = [], 0, [], [], {}
        with network():
            self.socket = socket.create_connection(("127.0.0.1", int(browser.port)), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {browser.path} HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"Chromium refuses the connection: {head!r}")
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.call(domain + ".enable")

    def _octets(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self.buffer += more
        octets, self.buffer = self.buffer[:count], self.buffer[count:]
        return octets

    def _message(self):
        text = b""
        while True:
            first, second = self._octets(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", self._octets(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._octets(8))[0]
            octets = self._octets(length)
            if first & 15 in (0, 1):
                text += octets
                if first & 128:
                    return json.loads(text)

    def _send(self, text):
        octets, mask = text.encode(), os.urandom(4)
        length = bytes([128 | len(octets)]) if len(octets) < 126 else \
            b"\xfe" + struct.pack(">H", len(octets)) if len(octets) < 65536 else b"\xff" + struct.pack(">Q", len(octets))
        self.socket.sendall(b"\x81" + length + mask + bytes(o ^ mask[i & 3] for i, o in enumerate(octets)))

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self._send(json.dumps(message))
        while True:
            answer = self._message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def _note(self, event):
        what, about = event.get("method"), event.get("params", {})
        if what == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif what == "Network.loadingFinished":
            self.sizes[about["requestId"]] = about["encodedDataLength"]
        elif what == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description", details["text"]))
        elif what == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.faults.append(about["entry"]["text"] + " " + about["entry"].get("url", ""))

    def open(self, url):
        self.call("Page.navigate", url=url)

    def run(self, expression):
        """The value of an expression; what it promises is waited for."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", expression))
        return result["result"].get("value")

    def look(self, width, height, dark, name, whole=True):
        """Takes a picture in the size and the colours of a device."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        time.sleep(0.7)
        extent = self.run("document.documentElement.scrollHeight")
        wide = self.run("document.documentElement.scrollWidth")
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                            **({"clip": {"x": 0, "y": 0, "width": width, "height": extent, "scale": 1}} if whole else {}))
        with open(name, "wb") as file:
            file.write(base64.b64decode(picture["data"]))
        return wide
