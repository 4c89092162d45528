import ArgumentParser
import TeredoLab
import TeredoProtocol
import TeredoSimulator

/// The options of `teredo lab` that only make sense with `--kernel`.
struct KernelLabOptions: ParsableArguments {
    @Flag(help: "Use network namespaces, nftables NATs and the real daemons instead of the simulator.")
    var kernel = false

    @Option(help: ArgumentHelp("How the sites are laid out, with --kernel.", valueName: "layout"))
    var layout = KernelLayout.separateSites

    @Option(help: ArgumentHelp("Whose program to run as the server, with --kernel.", valueName: "program"))
    var serverBy = LabImplementation.teredo

    @Option(help: ArgumentHelp("Whose program to run as the relay, with --kernel.", valueName: "program"))
    var relayBy = LabImplementation.teredo

    @Option(help: ArgumentHelp("Whose program to run as client A, with --kernel.", valueName: "program"))
    var clientABy = LabImplementation.teredo

    @Option(help: ArgumentHelp("Whose program to run as client B, with --kernel.", valueName: "program"))
    var clientBBy = LabImplementation.teredo

    @Flag(help: "Leave the kernel lab running at the end, until Ctrl-C, to look around in it.")
    var hold = false

    func validate(nat1: NATKind, nat2: NATKind) throws {
        guard kernel else {
            let isPlain = [serverBy, relayBy, clientABy, clientBBy].allSatisfy { $0 == .teredo }
            guard layout == .separateSites, isPlain, !hold else {
                throw ValidationError("--layout, --hold and --…-by are for the kernel lab only: add --kernel")
            }
            return
        }
        for (option, kind) in [("--nat1", nat1), ("--nat2", nat2)] where kind.kernelKind == nil {
            let known = KernelNATKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(option) \(kind.rawValue): nftables cannot do that; with --kernel use \(known)")
        }
    }

    func demonstration() throws -> KernelDemonstration {
        var demonstration = try KernelDemonstration(binary: KernelPrivileges.ownProgram())
        demonstration.layout = layout
        demonstration.serverBy = serverBy
        demonstration.relayBy = relayBy
        demonstration.clientABy = clientABy
        demonstration.clientBBy = clientBBy
        demonstration.staysUp = hold
        return demonstration
    }
}

extension KernelLayout: ExpressibleByArgument {}
extension LabImplementation: ExpressibleByArgument {}
