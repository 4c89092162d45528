import Foundation
import TeredoLinux
import TeredoTestSupport
import Testing

/// A program on a terminal of its own: what it showed, and how it left the terminal.
struct PseudoTerminal: Decodable {
    /// Everything that was written to the terminal.
    let output: String
    /// The last screen that was written, line by line, without control sequences.
    let screen: [String]
    /// The exit status, negative for a signal.
    let status: Int
    /// Whether the settings of the terminal are what they were.
    let isRestored: Bool

    /// Whether the screen, the cursor and the margins are as they were.
    var isScreenLeft: Bool { output.hasSuffix("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l") }

    /// A step of whoever sits at the terminal.
    enum Step: Encodable {
        /// Waits until the terminal shows a text.
        case text(String)
        /// Presses keys.
        case keys(String)
        /// Sends a signal to the program.
        case signal(Int32)
        /// Gives the terminal another size.
        case size(columns: Int, rows: Int)
        /// Runs a command of the shell elsewhere.
        case shell(String)

        private enum CodingKeys: String, CodingKey {
            case text, keys, signal, columns, rows, shell
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .text(let text): try container.encode(text, forKey: .text)
            case .keys(let keys): try container.encode(keys, forKey: .keys)
            case .signal(let number): try container.encode(number, forKey: .signal)
            case .size(let columns, let rows):
                try container.encode(columns, forKey: .columns)
                try container.encode(rows, forKey: .rows)
            case .shell(let command): try container.encode(command, forKey: .shell)
            }
        }
    }

    private struct Script: Encodable {
        let command: [String]
        let environment: [String: String]
        let columns: Int
        let rows: Int
        let steps: [Step]
    }

    /// Runs a command with steps; each text has 20 seconds to appear, and the end as long.
    static func run(
        _ command: [String],
        columns: Int = 80,
        rows: Int = 24,
        environment: [String: String] = [:],
        _ steps: [Step]
    ) throws -> Self {
        guard let python = ExternalTool("python3") else { try Test.cancel("python3 is not installed") }
        // An empty value takes a variable away: whoever runs the tests may have set it.
        var all = ["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "", "COLUMNS": ""]
        all.merge(environment) { $1 }
        let script = Script(command: command, environment: all, columns: columns, rows: rows, steps: steps)
        let outcome = try python.run(["-c", program], input: Array(JSONEncoder().encode(script)))
        try #require(outcome.status == 0, "\(outcome.error)")
        return try JSONDecoder().decode(Self.self, from: Data(outcome.output.utf8))
    }

    private static let program = #"""
        import fcntl, json, os, pty, re, select, signal, struct, subprocess, sys, termios, time
        script = json.load(sys.stdin)
        master, slave = pty.openpty()
        def resize(columns, rows):
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        resize(script["columns"], script["rows"])
        before = termios.tcgetattr(slave)
        def begin():
            os.setsid()
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        environment = {**os.environ, **script["environment"]}
        for name in [name for name, value in environment.items() if value == ""]: del environment[name]
        child = subprocess.Popen(script["command"], stdin=slave, stdout=slave, stderr=slave, preexec_fn=begin,
                                 env=environment)
        shown = b""
        def read(seconds):
            global shown
            if select.select([master], [], [], seconds)[0]: shown += os.read(master, 65536)
        def screen():
            text = shown.decode("utf-8", "replace")
            last = text.split("\x1b[H")[-1].split("\x1b[?7h")[0]
            return [line.rstrip("\r") for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", last).split("\n")]
        for step in script["steps"]:
            if "text" in step:
                end = time.monotonic() + 20
                while step["text"] not in "\n".join(screen()):
                    if time.monotonic() > end or child.poll() is not None:
                        child.kill()
                        sys.exit("%r does not appear: %s" % (step["text"], "\n".join(screen())))
                    read(0.1)
            elif "keys" in step: os.write(master, step["keys"].encode())
            elif "signal" in step: os.kill(child.pid, step["signal"])
            elif "columns" in step: resize(step["columns"], step["rows"])
            else: subprocess.run(step["shell"], shell=True, check=True)
        last = screen()
        end = time.monotonic() + 20
        while child.poll() is None:
            if time.monotonic() > end:
                child.kill()
                sys.exit("it does not end: " + "\n".join(screen()))
            read(0.1)
        for _ in range(5): read(0.05)
        json.dump({"output": shown.decode("utf-8", "replace"), "screen": last, "status": child.returncode,
                   "isRestored": termios.tcgetattr(slave) == before}, sys.stdout)
        """#
}
