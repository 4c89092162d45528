import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoWire

/// `teredo address`: explains a Teredo address, or builds one.
struct AddressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "address",
        abstract: "Print this host's address, explain a Teredo address bit by bit, or build one.",
        usage: "teredo address [<options>] [<address>]",
        discussion: """
            Without an address: prints that of the running client, or with --share a line to give to a friend; exit \
            status 1 means that there is none, and the message says why.

            A Teredo address holds the server of the client, flags, and the address and port that the NAT in front of \
            the client gave it, with every bit inverted. Exit status 1 means that the address is not a Teredo address.

              My own:   teredo address
              Share it: teredo address --share
              Explain:  teredo address 2001:0:c000:201:2cad:d8ef:39cd:9ae8
              Script:   teredo address --json 2001:0:c000:201:2cad:d8ef:39cd:9ae8
              Build:    teredo address --server 192.0.2.1 --mapped 198.51.100.7:4096 \\
                          --random-flags
            """
    )

    @Argument(help: "The address to explain (default: print this host's own).")
    var address: String?

    @Flag(help: "Print a line for a friend: your address, how to try it, and what may come in.")
    var share = false

    @Option(
        help: ArgumentHelp("The control socket of the client (default: those in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Option(help: "Build: the IPv4 address of the server.", transform: OptionValue.ipv4Address)
    var server: IPv4Address?

    @Option(
        help: ArgumentHelp("Build: mapped address and port of the client.", valueName: "address:port"),
        transform: OptionValue.endpoint
    )
    var mapped: UDPEndpoint?

    @Option(
        help: ArgumentHelp("Build: the 16 flag bits (default: 0x0000).", valueName: "hex"),
        transform: OptionValue.flags
    )
    var flags: TeredoFlags?

    @Flag(help: "Build: choose the 12 random bits as RFC 5991 says.")
    var randomFlags = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        var unused = UnusedOptions()
        let own = [("--share", share), ("--control-socket", controlSocket != nil)]
        if address != nil {
            guard !isBuilding else {
                throw ValidationError(
                    "Give either an address to explain, or --server and --mapped to build one, not both."
                )
            }
            unused.add(own)
            try unused.refuse(with: "an address to explain")
        } else if isBuilding {
            guard server != nil, mapped != nil else {
                throw ValidationError("Give an address to explain, or --server and --mapped to build one.")
            }
            guard flags == nil || !randomFlags else {
                throw ValidationError("Give either --flags or --random-flags, not both.")
            }
            unused.add(own)
            try unused.refuse(with: "--server and --mapped")
        } else {
            unused.add("--json", if: share && json)
            try unused.refuse(with: "--share")
        }
    }

    private var isBuilding: Bool { server != nil || mapped != nil || flags != nil || randomFlags }

    func run() throws {
        if share {
            return StandardOutput.write(line: try AddressInvitation(ownClient()).text)
        }
        let explanation = try explanation()
        if json {
            StandardOutput.write(line: try JSONText.report(explanation, isPretty: true))
        } else if address == nil {
            StandardOutput.write(line: explanation.address.description)
        } else {
            StandardOutput.write(line: explanation.text)
        }
    }

    private func ownClient() throws -> ClientStatus {
        try ControlQuery(controlSocketPath: controlSocket).requiredClient()
    }

    private func ownAddress() throws -> AddressExplanation {
        switch Readiness(.client(try ownClient())) {
        case .ready(let address): return try AddressExplanation(parsing: address)
        case .missing(let what, let remedy): throw ServiceError("\(what), so there is no address", remedy: remedy)
        }
    }

    private func explanation() throws -> AddressExplanation {
        if let address { return try AddressExplanation(parsing: address) }
        guard let server, let mapped else { return try ownAddress() }
        var generator = SystemRandomNumberGenerator()
        let random = TeredoFlags.random(coneBit: false, using: &generator)
        let flags = flags ?? (randomFlags ? random : TeredoFlags(rawValue: 0))
        return AddressExplanation(TeredoAddress(server: server, flags: flags, mappedEndpoint: mapped))
    }
}
