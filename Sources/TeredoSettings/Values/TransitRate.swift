/// The unit of the rates of transit.
package enum TransitRate {
    /// How many octets per second are 1 kbit/s.
    package static let octetsPerKilobit = 125
}
