/// What can be said on the command line.
package struct WebOptions: Hashable, Sendable {
    /// Where to listen.
    package var listening = ListeningAddress.loopback
    /// Whether somebody said where.
    package var isListeningNamed = false
    /// Further names of this server.
    package var names: [String] = []
    /// Folders with control sockets.
    package var directories = ["/run/teredo"]
    /// Control sockets one by one.
    package var paths: [String] = []

    /// What to do.
    package enum Request: Hashable, Sendable {
        /// Serve the page.
        case serve(WebOptions)
        /// Print a text and end.
        case print(String)
    }

    /// What is wrong with a command line, and what to do about it.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        /// A sentence.
        package var description: String
    }

    /// What `arguments` ask for, without the name of the program.
    package static func parse(_ arguments: [String]) throws(Problem) -> Request {
        var options = WebOptions()
        var rest = arguments[...]
        var directories: [String] = []
        while let argument = rest.popFirst() {
            var name = argument
            var attached: String?
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                name = String(argument[..<equals])
                attached = String(argument[argument.index(after: equals)...])
            }
            func value() throws(Problem) -> String {
                guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
                    throw Problem(description: "\(name) needs a value: see teredo-web --help")
                }
                return value
            }
            switch name {
            case "--help", "-h": return .print(help)
            case "--version": return .print(WebVersion.text + "\n")
            case "--listen":
                let text = try value()
                guard let address = ListeningAddress(text) else {
                    throw Problem(
                        description:
                            "--listen \(text): give an address and a port, such as 127.0.0.1:8544 or [::1]:8544"
                    )
                }
                if !options.isListeningNamed { options.listening = [] }
                options.isListeningNamed = true
                options.listening.append(address)
            case "--host": options.names.append(try value())
            case "--control-directory": directories.append(try value())
            case "--control-socket":
                let path = try value()
                guard RoleSocket(path: path) != nil else {
                    throw Problem(
                        description:
                            "--control-socket \(path): the name of the file may have letters, digits, '-', '_' and "
                            + "'.', and the path at most 107 octets"
                    )
                }
                options.paths.append(path)
            default: throw Problem(description: unknown(name))
            }
        }
        if !directories.isEmpty {
            options.directories = directories
        } else if !options.paths.isEmpty {
            options.directories = []
        }
        return .serve(options)
    }

    private static let names = ["--listen", "--host", "--control-directory", "--control-socket", "--help", "--version"]

    private static func unknown(_ name: String) -> String {
        let start = name.prefix(5)
        guard name.hasPrefix("--"), let near = names.first(where: { $0.hasPrefix(start) }) else {
            return "unknown argument '\(name)': see teredo-web --help"
        }
        return "unknown option '\(name)': was \(near) meant?"
    }

    /// The text of `--help`.
    package static let help = """
        Shows what the roles of teredo on this host do: a page for people, metrics for
        Prometheus. It reads control sockets and changes nothing.

        USAGE: teredo-web [OPTION ...]

          --listen ADDRESS[:PORT]    Where to listen; may be given several times
                                     (default: 127.0.0.1:8544 and [::1]:8544)
          --host NAME                A name of this host, or of a proxy in front of it,
                                     that browsers may use; may be given several times
          --control-directory DIR    Where the control sockets are; may be given several
                                     times (default: /run/teredo)
          --control-socket PATH      A control socket; may be given several times
          --version                  Print the version
          -h, --help                 Print this

        Then look at http://127.0.0.1:8544/; Prometheus finds all roles under /metrics.
        Whoever can reach the address can read everything: keep it on loopback, or put
        a proxy in front of it that asks who is there.

        """
}
