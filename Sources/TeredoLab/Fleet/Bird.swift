import FoundationEssentials
package import TeredoLinux

/// BIRD 2 on hosts of a lab (Debian: `bird2`).
package enum Bird {
    /// A session of the router with a host that announces something.
    package struct Session: Hashable, Sendable {
        /// The address of the host, which decides about the family.
        package let neighbor: String
        /// What is taken from it, as a filter of BIRD has it, such as `192.0.3.0/24+`.
        package let prefixes: String

        /// Describes a session.
        package init(neighbor: String, prefixes: String) {
            self.neighbor = neighbor
            self.prefixes = prefixes
        }
    }

    /// Whether it is installed.
    package static var isInstalled: Bool { ChildProcess.executable(named: "bird") != nil }

    /// What is said where it is not.
    package static let missing = "bird is not installed; on Debian: apt install bird2"

    /// The autonomous systems of the hosts and of the router.
    private static let systems = (hosts: "64512", router: "64513")

    /// Starts it with a configuration that it has to take.
    package static func start(_ configuration: String, on host: KernelHost, of lab: KernelLab) throws -> ChildProcess {
        let path = "\(lab.directory)/bird-\(host.rawValue)"
        try configuration.write(toFile: "\(path).conf", atomically: false, encoding: .utf8)
        let check = try lab[host].run(["bird", "-p", "-c", "\(path).conf"])
        guard check.isSuccess else {
            throw LabError.commandFailed(command: "bird on \(host.rawValue)", detail: check.error + configuration)
        }
        let command = ["bird", "-f", "-c", "\(path).conf", "-s", "\(path).ctl"]
        let process = try ChildProcess(lab[host].inside(command), output: .file("\(path).log"))
        lab.childGuard.add(process)
        return process
    }

    /// What `teredo bird-config` prints for a role on a host with these routers.
    package static func configuration(
        _ arguments: [String],
        routerIdentifier: String,
        routers: [String],
        binary: String
    ) throws -> String {
        let session = ["--router-id", routerIdentifier, "--as", systems.hosts, "--neighbor-as", systems.router]
        let command = [binary, "bird-config"] + arguments + session + routers.flatMap { ["--neighbor", $0] }
        let made = try CommandOutput.run(command, limit: .seconds(20))
        guard made.isSuccess else {
            throw LabError.commandFailed(command: command.joined(separator: " "), detail: made.error)
        }
        return made.output
    }

    /// The router's configuration: it takes what these sessions bring, as equal-cost routes, and misses a host after 300 ms (BFD).
    package static func router(_ sessions: [Session]) -> String {
        let protocols = sessions.enumerated().map { number, session in
            let family = session.neighbor.contains(":") ? "ipv6" : "ipv4"
            return """
                protocol bgp member\(number) from teredo_member {
                    neighbor \(session.neighbor) as \(systems.hosts);
                    \(family) { import where net ~ [ \(session.prefixes) ]; export none; };
                }
                """
        }
        return """
            log stderr all;
            router id 192.0.2.254;
            protocol device { }
            protocol kernel { merge paths on; ipv6 { import none; export where source = RTS_BGP; }; }
            protocol kernel { merge paths on; ipv4 { import none; export where source = RTS_BGP; }; }
            protocol bfd { interface "*" { interval 100 ms; multiplier 3; }; }
            template bgp teredo_member {
                local as \(systems.router);
                bfd on;
                connect delay time 1;
                connect retry time 2;
                error wait time 1, 4;
            }
            \(protocols.joined(separator: "\n"))

            """
    }

    /// How many ways to a prefix the router of a lab has.
    package static func ways(to prefix: String, in lab: KernelLab) throws -> Int {
        let family = prefix.contains(":") ? "-6" : "-4"
        let output = try lab[.internet].run(["ip", family, "route", "show", prefix]).output
        return output.split(whereSeparator: \.isWhitespace).count { $0 == "via" }
    }
}
