package import TeredoHost
package import TeredoProtocol

/// The file of the keys that the members of a fleet share (docs/fleet.md section 11).
///
/// One key per line, of 16 to 1,024 octets that are not all zero, as text or as `hex:` and hexadecimal digits; blank lines and what follows a `#` at the
/// start of a word are ignored. The first key makes what is handed out, all of them are accepted.
package struct FleetKeyFile: Hashable, Sendable {
    /// The keys in the order of the file.
    package let key: FleetKey

    /// Reads the file at `path`, which only its owner may be able to read: root, whoever runs this process, or the user
    /// `userName` that it is going to be.
    package init(path: String, userName: String? = nil) throws(ServiceError) {
        try self.init(parsing: try SecretsFile.contents(of: path, "fleet key file", userName: userName), path: path)
    }

    /// Reads the octets of such a file; `path` is for error messages.
    package init(parsing contents: [UInt8], path: String) throws(ServiceError) {
        var keys: [[UInt8]] = []
        let lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = SecretsFile.words(line)
            guard let word = words.first else { continue }
            let place = "\(path):\(index + 1)"
            guard words.count == 1 else { throw Self.error("\(place): there is more than one word") }
            let octets: [UInt8]
            do {
                octets = try SecretsFile.octets(word, path: path, line: index + 1)
            } catch {
                throw Self.error(error.message)
            }
            guard octets.count >= FleetKey.leastLength else {
                throw Self.error("\(place): the key has \(octets.count) octets, \(FleetKey.leastLength) are the least")
            }
            guard octets.count <= Self.greatestLength else {
                throw Self.error("\(place): the key has \(octets.count) octets, \(Self.greatestLength) are the most")
            }
            guard octets.contains(where: { $0 != 0 }) else { throw Self.error("\(place): the key is all zeros") }
            guard !keys.contains(octets) else { throw Self.error("\(place): the key is there twice") }
            keys.append(octets)
        }
        guard let key = FleetKey(keys: keys) else {
            throw Self.error(
                keys.isEmpty
                    ? "\(path): the file contains no key"
                    : "\(path): there are \(keys.count) keys, \(FleetKey.limit) are the most; leave out those that no member makes with"
            )
        }
        self.key = key
    }

    /// The most octets of a key: a longer line is another file.
    private static let greatestLength = 1024

    // The message never repeats a key: errors end up in logs.
    private static func error(_ problem: String) -> ServiceError {
        ServiceError(problem, remedy: "one key per line, such as hex: and what 'openssl rand -hex 20' prints")
    }
}
