import ArgumentParser
import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoService
import TeredoSettings

/// `teredo proxy`: a SOCKS proxy for IPv6 without an interface and without privileges.
struct ProxyCommand: RoleCommand {
    typealias Driver = ProxyDriver

    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Be a SOCKS proxy for IPv6, without an interface or privileges.",
        discussion: """
            For machines without /dev/net/tun and without user namespaces, such as many containers: programs that \
            know SOCKS 5 reach IPv6 hosts by TCP through a client and a TCP stack in this process. Nothing of the \
            host is changed, and nobody outside can begin a connection. Runs in the foreground until SIGINT or \
            SIGTERM; docs/proxy.md has more.

            A control socket is made where --control-socket says, or at its usual place if the folder of control \
            sockets can be written to.

              Begin:       teredo proxy --server teredo.example.org
              A download:  curl --socks5-hostname 127.0.0.1:1080 https://example.org
              SSH:         ssh -o ProxyCommand='teredo connect %h %p' host.example.org
              With a file: teredo proxy --config ~/.config/teredo/proxy.yaml
            """
    )

    @OptionGroup var proxy: ProxyOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage { () throws(ConfigurationError) in try proxy.basics.settings.validate(common.denied) }
        guard let path = common.controlSocket else { return }
        try asUsage { () throws(ConfigurationError) in try ControlSocketPath.validate(path) }
    }

    func settings() throws -> ProxyServiceConfiguration {
        var settings = try proxy.configuration(userName: common.user)
        settings.client.controlSocketPath = common.controlSocket ?? Self.usualControlSocket
        settings.isControlSocketOptional = common.controlSocket == nil
        settings.client.controlGroup = common.controlGroup
        settings.client.client.denied = common.denied
        return settings
    }

    /// Who is not root can seldom write there, and nobody can where everything is read-only; the proxy needs no control socket.
    private static var usualControlSocket: String? {
        let directory = ControlSocketPath.directory
        let isThere = FileManager.default.fileExists(atPath: directory)
        let written = isThere ? directory : FileRule.folder(of: directory)
        return SystemUser.mayCurrentWrite(folder: written) ? ControlSocketPath.standard(for: .proxy) : nil
    }
}
