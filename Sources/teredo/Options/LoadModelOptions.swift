import ArgumentParser
import TeredoLoad
import TeredoWire

/// Who the clients of `teredo load` are and what they do.
struct LoadModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many clients there are at once at most, 1 to 1000000.", valueName: "count"))
    var clients = 1000

    @Option(help: ArgumentHelp("How many clients share a mapped IPv4 address, 1 to 16000.", valueName: "count"))
    var clientsPerAddress = 8

    @Option(
        help: ArgumentHelp(
            "How many clients arrive per second until all are there (default: a tenth of them).",
            valueName: "count"
        )
    )
    var arrivals: Double?

    @Option(help: ArgumentHelp("How long a client stays in the mean.", valueName: "seconds"))
    var session = 1800.0

    @Option(help: ArgumentHelp("The longest time between two solicitations of a client.", valueName: "seconds"))
    var refresh = 30.0

    @Option(help: ArgumentHelp("The mean time between two conversations of a client.", valueName: "seconds"))
    var pause = 60.0

    @Option(help: ArgumentHelp("How many messages a conversation has in the mean.", valueName: "count"))
    var messages = 5.0

    @Option(help: ArgumentHelp("The mean time from an answer to the next message.", valueName: "seconds"))
    var messageGap = 1.0

    @Option(help: ArgumentHelp("The least octets of data in a message, 8 to 1232.", valueName: "octets"))
    var leastPayload = 64

    @Option(help: ArgumentHelp("The most octets of data in a message, 8 to 1232.", valueName: "octets"))
    var mostPayload = 1200

    @Option(
        help: ArgumentHelp(
            "How many conversations in a hundred are with another client instead of the native host.",
            valueName: "percent"
        )
    )
    var bubbles = 10.0

    @Option(
        help: ArgumentHelp(
            "The IPv4 prefix of the mapped addresses (default: 198.18.0.0/15, for benchmarks).",
            valueName: "prefix"
        ),
        transform: OptionValue.ipv4Prefix
    )
    var prefix: IPv4Prefix = IPv4Prefix(IPv4Address(198, 18, 0, 0), length: 15)

    func validate() throws {
        for (option, value, range) in [
            ("--clients", clients, 1...LoadModel.largestCount),
            ("--clients-per-address", clientsPerAddress, 1...16_000),
            ("--least-payload", leastPayload, 8...1232), ("--most-payload", mostPayload, 8...1232),
        ] where !range.contains(value) {
            throw ValidationError("\(option) \(value): give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        for (option, value, range) in [
            ("--arrivals", arrivals ?? 1, 0.001...1_000_000), ("--session", session, 0.1...1_000_000),
            ("--refresh", refresh, 0.1...86_400), ("--pause", pause, 0.001...86_400),
            ("--messages", messages, 1...100), ("--message-gap", messageGap, 0.001...3600),
            ("--bubbles", bubbles, 0...100),
        ] where !range.contains(value) {
            throw ValidationError("\(option): give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard leastPayload <= mostPayload else {
            throw ValidationError("--least-payload \(leastPayload): it is more than --most-payload \(mostPayload)")
        }
        // Servers and relays take those for global that they are told to, and no others of the kind (docs/gateway.md).
        guard GlobalUnicastFilter.permittedGlobalPrefixes.contains(where: { $0.contains(prefix) }) else {
            let known = GlobalUnicastFilter.permittedGlobalPrefixes.map(\.description).joined(separator: ", ")
            throw ValidationError("--prefix \(prefix): give one in \(known), which nobody on the Internet has")
        }
        let room = LoadModel.room(in: prefix, clientsPerAddress: clientsPerAddress)
        guard clients <= room else {
            throw ValidationError(
                "--clients \(clients): \(prefix) has room for \(room) with --clients-per-address \(clientsPerAddress); "
                    + "give a shorter --prefix, or let more share an address"
            )
        }
    }

    /// Gives a model what was asked for.
    func apply(to model: inout LoadModel) {
        model.clients = clients
        model.clientsPerAddress = clientsPerAddress
        model.arrivalsPerSecond = arrivalRate
        model.session = .milliseconds(Int64(session * 1000))
        model.refresh = .milliseconds(Int64(refresh * 1000))
        model.pause = .milliseconds(Int64(pause * 1000))
        model.messages = messages
        model.messageGap = .milliseconds(Int64(messageGap * 1000))
        model.payload = leastPayload...mostPayload
        model.bubblesPerMille = Int((bubbles * 10).rounded())
        model.prefix = prefix
    }

    /// How many clients arrive per second at first.
    var arrivalRate: Double { arrivals ?? max(1, Double(clients) / 10) }
}
