import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// BIRD 2 on hosts of a lab.
enum Bird {
    /// Starts it with a configuration that it has to take.
    static func start(_ configuration: String, on host: KernelHost, of lab: KernelLab) throws -> ChildProcess {
        let path = "\(lab.directory)/bird-\(host.rawValue)"
        try configuration.write(toFile: "\(path).conf", atomically: false, encoding: .utf8)
        let check = try lab[host].run(["bird", "-p", "-c", "\(path).conf"])
        try #require(check.isSuccess, "\(check.error)\(configuration)")
        let command = ["bird", "-f", "-c", "\(path).conf", "-s", "\(path).ctl"]
        return try ChildProcess(lab[host].inside(command), output: .file("\(path).log"))
    }

    /// What `teredo bird-config` prints.
    static func configuration(_ arguments: [String]) throws -> String {
        let made = try CommandOutput.run([SystemTest.binary, "bird-config"] + arguments, limit: .seconds(10))
        try #require(made.isSuccess, "\(made.error)")
        return made.output
    }
}
