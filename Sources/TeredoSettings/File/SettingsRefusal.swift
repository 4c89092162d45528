/// Why nothing was set in a running role.
package enum SettingsRefusal: Error, Hashable, Sendable {
    /// A value cannot be used.
    case invalid(ConfigurationError)
    /// These settings do not change before a restart.
    case needsRestart([Setting])
    /// The role cannot take them over, with the reason.
    case failed(String)
}
