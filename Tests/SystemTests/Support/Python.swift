import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// Small Python programs that send, receive and listen inside the namespaces of a lab.
enum Python {
    /// Cancels the test where there is no Python.
    static func require() throws {
        if ChildProcess.executable(named: "python3") == nil { try Test.cancel("python3 is not installed") }
    }

    /// Starts a program on a host; what it prints goes to the file `name`.log of the lab.
    static func start(
        _ program: String,
        _ arguments: [String] = [],
        on host: KernelHost,
        of lab: KernelLab,
        name: String
    ) throws -> RunningProgram {
        let logPath = "\(lab.directory)/\(name).log"
        let process = try ChildProcess(
            lab[host].inside(["python3", "-u", "-c", program] + arguments),
            output: .file(logPath)
        )
        return RunningProgram(process: process, logPath: logPath)
    }

    /// Runs a program on a host to its end and returns the lines that it printed.
    static func run(
        _ program: String,
        _ arguments: [String] = [],
        on host: KernelHost,
        of lab: KernelLab,
        limit: Duration = .seconds(30)
    ) throws -> [String] {
        let output = try lab[host].run(["python3", "-u", "-c", program] + arguments, limit: limit)
        try #require(output.isSuccess, "python ended with \(String(describing: output.ending)): \(output.error)")
        return output.output.split(separator: "\n").map(String.init)
    }
}

/// A program that runs beside the test.
struct RunningProgram {
    let process: ChildProcess
    let logPath: String

    /// The lines that it printed so far.
    var lines: [String] {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    func stop() { process.terminate(grace: .milliseconds(200)) }
}
