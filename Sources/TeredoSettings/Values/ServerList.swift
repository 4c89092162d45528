import TeredoHost

/// The servers of a client as the administrator named them, the preferred one first.
///
/// In JSON and for people they are one text, separated by commas.
package struct ServerList: TextCoded, Hashable, Sendable {
    /// The servers in order of preference.
    package let names: [ServerName]

    /// Makes a list.
    package init(_ names: [ServerName]) { self.names = names }

    /// Takes a text apart that ``description`` made.
    package init?(_ description: String) {
        names = description.split(separator: ",").map { ServerName(String($0.drop { $0 == " " })) }
    }

    /// The servers, separated by commas.
    package var description: String { names.map(\.description).joined(separator: ", ") }
}
