package import Logging
package import TeredoHost
package import TeredoLinux
package import TeredoSettings

/// A driver as the command of its role sees it: made from settings, then run until a signal ends it.
package protocol RoleDriver: AnyObject {
    associatedtype Configuration: RoleConfiguration

    /// Makes all that needs privileges; throws, and leaves nothing behind, when something cannot be made.
    init(_ configuration: Configuration, logger: Logger) throws(ServiceError)
    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    func follow(_ settings: RunningSettings?)
    /// Takes over those of the settings that can change while the role runs, and returns which; throws, and leaves everything
    /// as it is, when there is no memory for them.
    func adopt(_ fresh: Configuration) throws(ServiceError) -> SettingsAdoption
    /// Runs until a signal ends it; throws when it cannot go on.
    func run() throws(ServiceError)
}

/// What a role can be told, as far as privileges depend on it.
package protocol RoleConfiguration {
    /// The role.
    var role: Role { get }
    /// What the role has to keep when it gives up its privileges.
    var keptCapabilities: Set<Capability> { get }
    /// The files that the role writes while it runs.
    var writtenFiles: [String] { get }
    /// What the role still does once it is set up.
    var needs: RoleNeeds { get }
    /// The group that the role must be a member of to give files to it later on; `nil` for none.
    var joinedGroup: String? { get }
}

extension RoleConfiguration {
    package var joinedGroup: String? { nil }

    /// Other processes do what takes privileges.
    package var keptCapabilities: Set<Capability> { [] }
}
