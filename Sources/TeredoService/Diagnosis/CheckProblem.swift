/// Something in the way of a Teredo client, and what its user can do about it.
package struct CheckProblem: Hashable, Sendable, Encodable {
    /// A stable name for scripts.
    package let name: Name
    /// What is wrong, a sentence.
    package let description: String
    /// What to do, a sentence.
    package let remedy: String

    /// The names of the problems; they are part of the JSON form.
    package enum Name: String, Hashable, Sendable, Encodable, CaseIterable {
        /// The server's name has no IPv4 address.
        case serverUnresolved = "server-unresolved"
        /// No route leads to the server.
        case noRoute = "no-route"
        /// Neither address of the server answers.
        case serverSilent = "server-silent"
        /// The primary address is silent while the secondary one answers.
        case primarySilent = "primary-silent"
        /// Answers came that cannot be believed.
        case answerRejected = "answer-rejected"
        /// The secondary address is silent.
        case secondarySilent = "secondary-silent"
        /// The NAT is symmetric.
        case symmetricNAT = "symmetric-nat"
        /// The NAT uses several external addresses for one host.
        case severalAddresses = "several-addresses"
        /// The provider translates addresses too.
        case carrierNAT = "carrier-nat"
        /// Two NATs stand one behind the other.
        case doubleNAT = "double-nat"
        /// No protocol to ask the NAT for a port.
        case noPortMapping = "no-port-mapping"
        /// Mappings die before the client renews them.
        case shortLifetime = "short-lifetime"
        /// The NAT does not hairpin.
        case noHairpinning = "no-hairpinning"
    }
}
