/// The settings of a role, to those who ask on its control socket.
package protocol ControlledSettings {
    /// What holds.
    var report: SettingsReport { get }
    /// Has the role read its settings file again; `nil` when it has none.
    func reload() -> ControlReload?
    /// Sets all that `text` says, or nothing; throws when the role cannot have it.
    func change(_ text: String) throws(ControlError) -> SettingsChangeReport
}
