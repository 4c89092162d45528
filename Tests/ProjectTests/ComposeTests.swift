import Foundation
import TeredoLinux
import Testing

/// The gateway and the Prometheus of packaging/image/compose.yaml.
@Suite struct ComposeTests {
    private static let folder = Project.root.appendingPathComponent("packaging/image").path

    @Test("docker-compose takes the file, and asks for image and address when they are missing")
    func composition() throws {
        guard ChildProcess.executable(named: "docker-compose") != nil else {
            try Test.cancel("docker-compose is not installed")
        }
        let command = ["docker-compose", "-f", "\(Self.folder)/compose.yaml", "config"]
        let settings = ["env", "TEREDO_IMAGE=localhost/teredo:1.0.0", "TEREDO_ADDRESS=192.0.2.1"]
        let taken = try CommandOutput.run(settings + command, limit: .seconds(60))
        try #require(taken.isSuccess, "\(taken)")
        for word in ["NET_ADMIN", "network_mode: host", "65532:65532", "127.0.0.1:9090"] {
            #expect(taken.output.contains(word), "\(word)")
        }
        for missing in ["TEREDO_IMAGE", "TEREDO_ADDRESS"] {
            let rest = settings.filter { !$0.hasPrefix(missing) }
            let refused = try CommandOutput.run(rest + command, limit: .seconds(60))
            #expect(!refused.isSuccess && refused.error.contains("set \(missing) to"), "\(refused)")
        }
    }

    @Test("every file that the containers are given is there")
    func files() throws {
        let given = try Project.text("packaging/image/compose.yaml").matches(of: /- "(\.[^:]+):/).map { String($0.1) }
        #expect(given.count == 3)
        for path in given { #expect(FileManager.default.fileExists(atPath: "\(Self.folder)/\(path)"), "\(path)") }
    }

    @Test("promtool takes the settings of Prometheus")
    func settings() throws {
        guard ChildProcess.executable(named: "promtool") != nil else { try Test.cancel("promtool is not installed") }
        let command = ["promtool", "check", "config", "--syntax-only", "\(Self.folder)/prometheus.yaml"]
        let checked = try CommandOutput.run(command, limit: .seconds(30))
        #expect(checked.isSuccess, "\(checked)")
    }

    @Test("metrics.py gives the metrics of all roles as one answer, and says which role does not answer")
    func metrics() throws {
        guard ChildProcess.executable(named: "python3") != nil else { try Test.cancel("python3 is not installed") }
        let asked = try CommandOutput.run(
            ["python3", "-c", Self.conversation, "\(Self.folder)/metrics.py"],
            limit: .seconds(60)
        )
        try #require(asked.isSuccess, "\(asked)")
        let lines = asked.output.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "200 text/plain; version=0.0.4; charset=utf-8", "# TYPE teredo_up gauge",
                "# HELP teredo_up Whether it answers.", #"teredo_up{role="broken"} 0"#, #"teredo_up{role="client"} 1"#,
                #"teredo_up{role="gone"} 0"#, #"teredo_up{role="server"} 1"#, "# TYPE teredo_peers gauge",
                #"teredo_peers{role="client"} 3"#, "404",
            ]
        )
        guard ChildProcess.executable(named: "promtool") != nil else { return }
        let text = lines.dropFirst().dropLast().joined(separator: "\n") + "\n"
        let checked = try CommandOutput.run(["promtool", "check", "metrics"], input: text, limit: .seconds(30))
        #expect(!checked.error.contains("error while"), "\(checked)")
    }

    /// Two roles that answer, one that breaks off and one that is gone, and what metrics.py makes of them.
    private static let conversation = """
        import importlib.util, json, pathlib, socket, sys, tempfile, threading, urllib.error, urllib.request
        specification = importlib.util.spec_from_file_location("metrics", sys.argv[1])
        metrics = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(metrics)
        up = '# HELP teredo_up Whether it answers.\\n# TYPE teredo_up gauge\\nteredo_up{role="%s"} 1\\n'
        peers = '# TYPE teredo_peers gauge\\nteredo_peers{role="client"} 3\\n'
        answers = {"client": up % "client" + peers, "server": up % "server", "broken": None}
        with tempfile.TemporaryDirectory() as folder:
            def role(name, text):
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(f"{folder}/{name}.sock")
                listener.listen()
                def serve():
                    connection, _ = listener.accept()
                    request = json.loads(connection.makefile().readline())
                    if text is not None and request == {"version": 2, "id": 1, "method": "metrics"}:
                        answer = {"version": 2, "id": 1, "result": {"role": name, "text": text}}
                        connection.sendall(json.dumps(answer).encode() + b"\\n")
                    else:
                        connection.sendall(b'{"version":2,')
                    connection.close()
                threading.Thread(target=serve, daemon=True).start()
            for name, text in answers.items():
                role(name, text)
            gone = socket.socket(socket.AF_UNIX)
            gone.bind(f"{folder}/gone.sock")
            gone.close()
            metrics.Handler.folder = pathlib.Path(folder)
            server = metrics.http.server.ThreadingHTTPServer(("127.0.0.1", 0), metrics.Handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            place = f"http://127.0.0.1:{server.server_address[1]}"
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(f"{place}/metrics") as answer:
                print(answer.status, answer.headers["Content-Type"])
                print(answer.read().decode(), end="")
            try:
                direct.open(f"{place}/other")
            except urllib.error.HTTPError as error:
                print(error.code)
        """
}
