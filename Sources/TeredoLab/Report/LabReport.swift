/// What a lab run found: who is who, who reached whom, and whether that is as it should be.
package struct LabReport: Codable, Hashable, Sendable, JudgedReport {
    /// One party of the lab.
    package struct Party: Codable, Hashable, Sendable {
        /// Its name, such as `client A`.
        package var name: String
        /// Its IPv6 address; a client that could not qualify has none.
        package var address: String?
        /// Its mapped endpoint, for a client.
        package var mappedEndpoint: String?
        /// What stands between it and the Internet, or what else there is to say.
        package var remark: String

        /// Makes a party.
        package init(name: String, address: String?, mappedEndpoint: String? = nil, remark: String) {
            self.name = name
            self.address = address
            self.mappedEndpoint = mappedEndpoint
            self.remark = remark
        }
    }

    /// `simulated` or `kernel`.
    package var mode: String
    /// The seed that reproduces a simulated run.
    package var seed: UInt64?
    /// The kinds of the two NATs.
    package var nat1: String
    package var nat2: String
    /// Everyone with an address.
    package var parties: [Party] = []
    /// The attempts to connect, in the order they were made.
    package var checks: [ReachabilityCheck] = []
    /// What else went wrong.
    package var failures: [String] = []

    /// Makes an empty report.
    package init(mode: String, seed: UInt64?, nat1: String, nat2: String) {
        self.mode = mode
        self.seed = seed
        self.nat1 = nat1
        self.nat2 = nat2
    }

    /// Whether everything that should connect did.
    package var isSuccess: Bool { failures.isEmpty && checks.allSatisfy(\.isAcceptable) }
}
