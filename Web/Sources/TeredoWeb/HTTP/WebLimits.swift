/// What one who connects may take of this program.
package struct WebLimits: Hashable, Sendable {
    /// The most connections at once.
    package var connections = 64
    /// The most requests on one connection.
    package var requests = 1000
    /// How long a request may take to come, and how long a connection may wait for the next.
    package var requestPatience = Duration.seconds(10)
    /// How long whoever asked may take to read the answer.
    package var writePatience = Duration.seconds(10)

    /// The limits of the program.
    package init() {}
}
