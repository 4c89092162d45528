import TeredoProtocol

/// What a seed decides about the settings of the clients.
struct SwarmClientSettings: Sendable {
    let means: TraversalMeans
    let secret: SharedSecret?
    let usesConePhase: Bool
    private let discovers: Bool
    private let hairpinning: ClientExtensions.Hairpinning
    private let determinesRefreshInterval: Bool
    let limitsOpeners: Bool
    private let peerLimit: Int

    init(means: TraversalMeans, using dice: inout SwarmDice) {
        self.means = means
        let key = (0..<20).map { _ in UInt8(truncatingIfNeeded: dice.generator.next()) }
        secret = dice.chance(25) ? SharedSecret(clientIdentifier: [1, 2, 3], key: key) : nil
        usesConePhase = dice.chance(10)
        discovers = dice.chance(60)
        hairpinning = dice.one(of: ClientExtensions.Hairpinning.allCases)
        determinesRefreshInterval = dice.chance(15)
        limitsOpeners = dice.chance(80)
        peerLimit = dice.one(of: [64, 256, 4096])
    }

    /// Whether clients may send to private addresses.
    var looksOnSite: Bool { discovers || means != .rfc4380 && hairpinning != .off }

    /// The client with these settings.
    func apply(to configuration: inout ClientConfiguration) {
        means.configure(&configuration)
        configuration.secret = secret
        configuration.qualification.usesConePhase = usesConePhase
        configuration.honoursConeBit = usesConePhase
        configuration.localDiscovery.isOn = discovers
        if means != .rfc4380 { configuration.extensions.hairpinning = hairpinning }
        configuration.determinesRefreshInterval = determinesRefreshInterval
        configuration.limitsOpeners = configuration.limitsOpeners && limitsOpeners
        configuration.peerLimit = peerLimit
    }
}
