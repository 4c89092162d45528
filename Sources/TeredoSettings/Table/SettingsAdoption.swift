/// Which settings a running role takes over when they are read again.
package struct SettingsAdoption: Hashable, Sendable {
    /// Those that hold at once.
    package var live: Set<Setting>
    /// Those that hold from the next change of role on, when they do not hold at once.
    package var later: Set<Setting>
    /// How many keys of the fleet hold, 1 to 8, now that their file was read again; `nil` without one.
    package var fleetKeyCount: Int?

    /// None unless given.
    package init(live: Set<Setting> = [], later: Set<Setting> = [], fleetKeyCount: Int? = nil) {
        self.live = live
        self.later = later
        self.fleetKeyCount = fleetKeyCount
    }
}
