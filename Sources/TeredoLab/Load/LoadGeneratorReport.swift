/// The process that plays the clients.
package struct LoadGeneratorReport: Codable, Hashable, Sendable {
    /// The octets of memory for each client.
    package var octetsPerClient: Int
    /// Those for all of them together, whatever their number.
    package var fixedOctets: Int
    /// What the process took.
    package var process: LoadProcessReport
}
