import ArgumentParser
import TeredoLab
import TeredoProtocol
import TeredoSimulator

/// The options of `teredo lab` that only make sense with `--kernel`.
struct KernelLabOptions: ParsableArguments {
    @Flag(help: "Use network namespaces, nftables NATs and the real daemons instead of the simulator.")
    var kernel = false

    @Option(
        help: ArgumentHelp(
            "How the sites are laid out, with --kernel (default: separate-sites).",
            valueName: "layout"
        )
    )
    var layout: KernelLayout?

    @Option(
        help: ArgumentHelp("Whose program to run as the server, with --kernel (default: teredo).", valueName: "program")
    )
    var serverBy: LabImplementation?

    @Option(
        help: ArgumentHelp("Whose program to run as the relay, with --kernel (default: teredo).", valueName: "program")
    )
    var relayBy: LabImplementation?

    @Option(
        help: ArgumentHelp("Whose program to run as client A, with --kernel (default: teredo).", valueName: "program")
    )
    var clientABy: LabImplementation?

    @Option(
        help: ArgumentHelp("Whose program to run as client B, with --kernel (default: teredo).", valueName: "program")
    )
    var clientBBy: LabImplementation?

    @Flag(help: "Leave the kernel lab running at the end, until Ctrl-C, to look around in it.")
    var hold = false

    /// The options and whether they were given.
    var given: [(name: String, isGiven: Bool)] {
        [
            ("--layout", layout != nil), ("--server-by", serverBy != nil), ("--relay-by", relayBy != nil),
            ("--client-a-by", clientABy != nil), ("--client-b-by", clientBBy != nil), ("--hold", hold),
        ]
    }

    func validate(nat1: NATKind, nat2: NATKind) throws {
        guard kernel else { return }
        for (option, kind) in [("--nat1", nat1), ("--nat2", nat2)] where !NATKind.kernelKinds.contains(kind) {
            let known = NATKind.kernelKinds.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(option) \(kind.rawValue): nftables cannot do that; with --kernel use \(known)")
        }
    }

    func demonstration() throws -> KernelDemonstration {
        var demonstration = try KernelDemonstration(binary: KernelPrivileges.ownProgram())
        demonstration.layout = layout ?? .separateSites
        demonstration.serverBy = serverBy ?? .teredo
        demonstration.relayBy = relayBy ?? .teredo
        demonstration.clientABy = clientABy ?? .teredo
        demonstration.clientBBy = clientBBy ?? .teredo
        demonstration.staysUp = hold
        return demonstration
    }
}

extension KernelLayout: ExpressibleByArgument {
    /// Reads a name; the layout of a fleet is none of them, because it has a mode of its own.
    public init?(argument: String) {
        guard let layout = Self.allCases.first(where: { $0.rawValue == argument }) else { return nil }
        self = layout
    }
}
extension LabImplementation: ExpressibleByArgument {}
