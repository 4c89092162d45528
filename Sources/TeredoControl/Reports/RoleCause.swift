/// Why `teredo auto` is what it is, in one word for programs; the reason beside it says the same to people, with names.
package enum RoleCause: String, CaseIterable, Hashable, Sendable, Codable {
    /// The settings disable it.
    case disabled
    /// The network is managed.
    case managedNetwork
    /// The host has no native IPv6.
    case noNativeIPv6
    /// The host has native IPv6.
    case nativeIPv6
}
