/// The head of a request: all that this server reads of one.
package struct RequestHead: Hashable, Sendable {
    /// The most octets of a head.
    package static let maximumLength = 8192
    /// The most fields of a head.
    package static let maximumFieldCount = 64

    /// The method as it was written.
    package var method: String
    /// What is asked for, without what follows a question mark.
    package var path: String
    /// Whether the connection stays open as far as the version says it: HTTP/1.1.
    package var isPersistent: Bool
    /// The fields: names in small letters.
    package var fields: [(name: String, value: String)]

    /// The values of a field.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    package static func == (left: Self, right: Self) -> Bool {
        left.method == right.method && left.path == right.path && left.isPersistent == right.isPersistent
            && left.fields.elementsEqual(right.fields, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(method)
        hasher.combine(path)
    }
}
