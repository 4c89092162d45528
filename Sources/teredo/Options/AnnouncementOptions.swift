import ArgumentParser
import TeredoSettings

/// The options of the roles that others are routed to.
struct AnnouncementOptions: ParsableArguments {
    @Option(.announceTable)
    var announceTable: Int?

    @Option(.drainTimeout)
    var drainTimeout: Int

    /// How the role is announced, and how it ends.
    var configuration: AnnouncementConfiguration {
        AnnouncementConfiguration(table: announceTable, drainLimit: .seconds(drainTimeout))
    }
}
