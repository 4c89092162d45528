/// What a role of a fleet is told about the route that announces it, and about its end.
package struct AnnouncementConfiguration: Hashable, Sendable {
    /// The number of the routing table that has the route while the role is healthy; `nil` for no announcement.
    package var table: Int?
    /// For how long a role that drains serves what is established at most.
    package var drainLimit = Duration.seconds(Setting.standardDrainTimeout)

    /// No announcement.
    package init() {}

    /// What the settings say.
    package init(table: Int?, drainLimit: Duration) {
        self.table = table
        self.drainLimit = drainLimit
    }

    /// Throws for a table that cannot be used.
    package func validate() throws(ConfigurationError) {
        if let table { try RoutingTable.validate(table, option: "--\(Setting.announceTable.key)") }
    }
}
