/// The answer to an HTTP request.
package struct HTTPAnswer: Hashable, Sendable {
    /// The status code, 200 to 999.
    package let status: Int
    /// Where else to look, when the status says so.
    package let location: String?
    /// The body, chunks put together.
    package let body: [UInt8]

    /// Reads all that came over a connection; `nil` when it is no answer.
    init?(_ octets: [UInt8]) {
        var reader = HTTPReader()
        reader.read(octets)
        guard let answer = reader.answer else { return nil }
        self = answer
    }

    init(status: Int, location: String?, body: [UInt8]) {
        self.status = status
        self.location = location
        self.body = body
    }

    /// Whether the request was carried out.
    var isSuccess: Bool { (200..<300).contains(status) }
}
