/// A first contact while something happened to a fleet.
package struct FleetContact: Codable, Hashable, Sendable {
    /// Who began with whom, such as `native-2 > client-a`.
    package var name: String
    /// How long it took until the first answer; `nil` when there was none.
    package var milliseconds: Double?
}
