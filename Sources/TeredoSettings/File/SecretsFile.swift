package import TeredoHost
import TeredoLinux
package import TeredoProtocol

/// The file of client identifiers and secrets for secure qualification (RFC 4380 section 5.2.2).
///
/// One client per line, `identifier secret`, both either text or `hex:` and hexadecimal digits. Blank lines and what
/// follows a `#` at the start of a word are ignored. Text counts as the octets that it has in the file, whatever they mean:
/// a secret that is no UTF-8 is the same one as its octets after `hex:`, and no other.
package struct SecretsFile: Hashable, Sendable {
    /// The secrets in the order of the file.
    package let secrets: [SharedSecret]

    /// Reads the file at `path`, which only its owner may be able to read: root, whoever runs this process, or the user
    /// `userName` that it is going to be.
    package init(path: String, userName: String? = nil) throws(ServiceError) {
        try self.init(parsing: try Self.contents(of: path, "secrets file", userName: userName), path: path)
    }

    /// The octets of a file that only its owner may be able to read, as above; errors call it `kind`.
    static func contents(of path: String, _ kind: String, userName: String?) throws(ServiceError) -> [UInt8] {
        guard !path.isEmpty else {
            throw ServiceError("the path of the \(kind) is empty", remedy: "give the path of a readable \(kind)")
        }
        let file: PrivateFile
        do {
            file = try PrivateFile(path: path, limit: Self.maximumLength)
        } catch {
            throw ServiceError("\(path): \(error)", remedy: "give the path of a readable \(kind)")
        }
        guard file.permissions & 0o077 == 0 else {
            throw ServiceError(
                "\(path): others can read the \(kind) (mode \(String(file.permissions & 0o7777, radix: 8)))",
                remedy: "run: chmod 600 \(path)"
            )
        }
        guard file.isOwned(byUserNamed: userName) else {
            throw ServiceError(
                "\(path): belongs to the user \(file.owner), who knows what is secret in the \(kind) and can change it",
                remedy:
                    "if that is as it should be, take it over: chown \(SystemUser.isCurrentRoot ? "root" : "$USER") \(path)"
            )
        }
        return file.contents
    }

    /// Reads the text of a secrets file; `path` is for error messages.
    package init(parsing text: String, path: String) throws(ServiceError) {
        try self.init(parsing: Array(text.utf8), path: path)
    }

    /// Reads the octets of a secrets file; `path` is for error messages.
    package init(parsing contents: [UInt8], path: String) throws(ServiceError) {
        var secrets: [SharedSecret] = []
        var lineOfIdentifier: [[UInt8]: Int] = [:]
        let lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let number = index + 1
            let words = Self.words(line)
            guard !words.isEmpty else { continue }
            guard words.count == 2 else {
                throw Self.error(
                    path,
                    number,
                    words.count == 1 ? "the secret is missing" : "there are more than two words"
                )
            }
            let identifier = try Self.octets(words[0], path: path, line: number)
            let key = try Self.octets(words[1], path: path, line: number)
            guard let secret = SharedSecret(clientIdentifier: identifier, key: key) else {
                throw Self.error(path, number, "an identifier has 1 to 255 octets and a secret at least one")
            }
            if let first = lineOfIdentifier.updateValue(number, forKey: identifier) {
                let name = String(decoding: words[0], as: UTF8.self)
                throw Self.error(path, number, "the identifier '\(name)' was already given on line \(first)")
            }
            secrets.append(secret)
        }
        guard !secrets.isEmpty else {
            throw ServiceError("\(path): the file contains no secret", remedy: "write lines: identifier secret")
        }
        self.secrets = secrets
    }

    /// The secret of one client; without an identifier the only one of the file.
    package func secret(for identifier: String?, path: String) throws(ServiceError) -> SharedSecret {
        guard let identifier else {
            guard secrets.count == 1, let secret = secrets.first else {
                throw ServiceError(
                    "\(path): the file contains \(secrets.count) secrets",
                    remedy: "choose one with --client-id"
                )
            }
            return secret
        }
        let octets = try Self.octets(Array(identifier.utf8)[...], path: "--client-id", line: nil)
        guard let secret = secrets.first(where: { $0.clientIdentifier == octets }) else {
            throw ServiceError(
                "\(path): no line for the client identifier '\(identifier)'",
                remedy: "add a line: \(identifier) SECRET"
            )
        }
        return secret
    }

    private static let maximumLength = 16 << 20
    private static let hexadecimalPrefix = "hex:"

    static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        // As Windows ends lines.
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let comment = words.firstIndex(where: { $0.first == UInt8(ascii: "#") }) else { return words }
        return Array(words[..<comment])
    }

    static func octets(_ word: ArraySlice<UInt8>, path: String, line: Int?) throws(ServiceError) -> [UInt8] {
        guard word.starts(with: hexadecimalPrefix.utf8) else { return Array(word) }
        let digits = Array(word.dropFirst(hexadecimalPrefix.utf8.count))
        guard digits.count.isMultiple(of: 2) else {
            throw error(path, line, "'\(hexadecimalPrefix)' needs an even number of hexadecimal digits")
        }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(Unicode.Scalar(digits[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(digits[index + 1])).hexDigitValue
            else { throw error(path, line, "'\(hexadecimalPrefix)' is followed by something other than digits") }
            octets.append(UInt8(high << 4 | low))
        }
        return octets
    }

    // The message never repeats the secret: errors end up in logs.
    private static func error(_ path: String, _ line: Int?, _ problem: String) -> ServiceError {
        ServiceError(
            line.map { "\(path):\($0): \(problem)" } ?? "\(path): \(problem)",
            remedy: "one client per line: identifier secret, each as text without spaces or as hex:0a1b2c"
        )
    }
}
