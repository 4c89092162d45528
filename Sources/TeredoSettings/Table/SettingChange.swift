/// When a running role takes another value of a setting over: once its settings are read again, or somebody sets it.
package enum SettingChange: String, Hashable, Sendable, Codable {
    /// At once, without losing address, peers and connections.
    case atOnce
    /// Not before it is restarted; `teredo auto` with its next change of role, which makes a role anew.
    case withRole
    /// Not before it is restarted: privileges depend on it, or what outlives a change of role.
    case restart
}
