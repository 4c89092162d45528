/// The memory of a process before, during and after a load, and the time of processors that it used.
///
/// What was not to be had, because the process was gone, is `nil`.
package struct LoadProcessReport: Codable, Hashable, Sendable {
    /// Resident octets before the load.
    package var residentBeforeOctets: UInt64?
    /// The most that were seen, once a second.
    package var residentMostOctets: UInt64?
    /// Resident octets after it.
    package var residentAfterOctets: UInt64?
    /// The time of processors in all.
    package var processorSeconds: Double?
    /// How many processors that was in the mean after the warm-up.
    package var processorsUsed: Double?
}
