import ArgumentParser
import TeredoProtocol
import TeredoSettings

/// What the members of a fleet share.
struct FleetOptions: ParsableArguments {
    @Option(.fleetKeyFile)
    var fleetKeyFile: String?

    /// The keys in the file, if one is given; it may belong to the user `userName` that the role becomes.
    func key(userName: String?) throws -> FleetKey? {
        try fleetKeyFile.map { try FleetKeyFile(path: $0, userName: userName).key }
    }
}
