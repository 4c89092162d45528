import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The options of a client with an interface, whether for the whole host or for one command.
struct ClientOptions: ParsableArguments {
    @OptionGroup var basics: ClientProtocolOptions

    @OptionGroup var interface: InterfaceOptions

    @Option(.inbound)
    var inbound: InboundMode

    @Flag(.defaultRoute)
    var defaultRoute: Bool

    @Option(.route)
    var routes: [IPv6Prefix]

    @Option(.routingTable)
    var routingTable: RoutingTableChoice

    var peerOctets: Bool { basics.peerOctets }
    var internalPrefixes: [IPv4Prefix] { basics.internalPrefixes }

    func validate() throws { try asUsage(complete(basics.settings).validate) }

    /// What the options say, with the secret read from its file, which may belong to the user `userName` that the role becomes.
    func configuration(userName: String?) throws -> ClientServiceConfiguration {
        complete(try basics.configuration(userName: userName))
    }

    private func complete(_ settings: ClientServiceConfiguration) -> ClientServiceConfiguration {
        var settings = settings
        settings.tunnel = interface.tunnel.settings
        settings.bind = interface.bind
        settings.inbound = inbound
        settings.allowed = interface.tunnel.allowed
        settings.routingTable = routingTable
        settings.installsDefaultRoute = defaultRoute
        settings.routes = routes
        return settings
    }
}
