import TeredoLinux
import TeredoProtocol
import TeredoWire

extension FleetKey {
    /// The same keys with this host's time of day for the time of the fleet.
    ///
    /// A clock that is set later changes nothing until the settings are read again: what differs is refused once, and handed out anew.
    var atTimeOfDay: FleetKey {
        var key = self
        key.clockOffset = WallClock.now.sinceEpoch - .nanoseconds(MonotonicClock.now.nanoseconds)
        return key
    }
}
