import ArgumentParser
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The options of a proxy beside those that every role has.
struct ProxyOptions: ParsableArguments {
    @OptionGroup var basics: ClientProtocolOptions

    @Option(.bind)
    var bind: UDPEndpoint?

    @Option(.listen)
    var listen: [StreamEndpoint]

    @Flag(.listenAnywhere)
    var listenAnywhere: Bool

    func validate() throws {
        let settings = complete(basics.settings)
        try asUsage(settings.client.validate)
        try asUsage(settings.validate)
    }

    /// What the options say, with the secret read from its file, which may belong to the user `userName` that the role becomes.
    func configuration(userName: String?) throws -> ProxyServiceConfiguration {
        complete(try basics.configuration(userName: userName))
    }

    private func complete(_ client: ClientServiceConfiguration) -> ProxyServiceConfiguration {
        var settings = ProxyServiceConfiguration(client: client)
        settings.client.bind = bind
        settings.client.controlSocketPath = nil
        settings.listen = listen
        settings.listensAnywhere = listenAnywhere
        return settings
    }
}
