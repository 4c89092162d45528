/// What `teredo lab` does; each mode has options of its own.
enum LabMode: String {
    case simulated = "the simulated lab"
    case list = "--list"
    case matrix = "--matrix"
    case ways = "--ways"
    case swarm = "--swarm"
    case soak = "--soak"
    case kernel = "--kernel"
    case fleet = "--fleet"
    case scenario = "--scenario"
    case allScenarios = "--all-scenarios"

    /// The options that mean something in this mode.
    var options: Set<String> {
        switch self {
        case .simulated: ["--nat1", "--nat2", "--no-transit", "--seed", "--loss", "--latency", "--json", "--svg"]
        case .list, .matrix, .ways: []
        case .swarm: ["--seed", "--svg"]
        case .soak: ["--seed"]
        case .kernel: Self.kernelOptions.union(["--nat1", "--nat2", "--no-transit", "--loss", "--json", "--svg"])
        case .fleet: ["--json"]
        case .scenario, .allScenarios: ["--seed", "--loss", "--latency", "--json", "--svg"]
        }
    }

    /// The options that mean something on a real kernel only.
    static let kernelOptions: Set = [
        "--layout", "--server-by", "--relay-by", "--client-a-by", "--client-b-by", "--hold",
    ]
}
