package import TeredoSettings
import TeredoWire

/// Everything that `teredo auto` can be told.
package struct AutoServiceConfiguration: RoleConfiguration {
    /// What decides which role the host is in.
    package private(set) var policy: AutoPolicy
    /// The settings of the client.
    package private(set) var client: ClientServiceConfiguration
    /// Those of the host-specific relay, with the same interface and control socket.
    package private(set) var hostRelay: RelayServiceConfiguration

    /// The settings of `teredo auto` and of its roles.
    package init(_ policy: AutoPolicy, client: ClientServiceConfiguration, hostRelay: RelayServiceConfiguration) {
        self.policy = policy
        self.client = client
        self.hostRelay = hostRelay
    }

    package var role: Role { .auto }

    /// Each role has a control socket of its own to share, long after the privileges have gone.
    package var joinedGroup: String? { client.controlGroup }

    package var writtenFiles: [String] { client.writtenFiles }

    package var needs: RoleNeeds {
        var needs = client.needs
        needs.addRoles()
        return needs
    }

    /// Becomes `fresh`, but for what privileges and other roles depend on.
    mutating func adoptForLater(_ fresh: Self) {
        var nextClient = fresh.client
        nextClient.tunnel.interfaceName = client.tunnel.interfaceName
        nextClient.tunnel.dataPath = client.tunnel.dataPath
        // The process that changes the host knows these from its start.
        nextClient.installsDefaultRoute = client.installsDefaultRoute
        nextClient.routes = client.routes
        nextClient.routingTable = client.routingTable
        nextClient.bind = client.bind
        nextClient.stateFile = client.stateFile
        nextClient.tunnel.hook = client.tunnel.hook
        nextClient.controlSocketPath = client.controlSocketPath
        nextClient.controlGroup = client.controlGroup
        var nextRelay = fresh.hostRelay
        nextRelay.tunnel.interfaceName = hostRelay.tunnel.interfaceName
        nextRelay.tunnel.dataPath = hostRelay.tunnel.dataPath
        nextRelay.bind = hostRelay.bind
        nextRelay.tunnel.hook = hostRelay.tunnel.hook
        nextRelay.controlSocketPath = hostRelay.controlSocketPath
        nextRelay.controlGroup = hostRelay.controlGroup
        policy = fresh.policy
        client = nextClient
        hostRelay = nextRelay
    }
}
