/// A role among others that do the same.
extension StatusReport {
    /// What the role announces; `nil` for a role that does not.
    package var announcement: AnnouncementStatus? {
        switch self {
        case .server(let status): status.announcement
        case .relay(let status): status.service.announcement
        case .gateway(let status): status.relay.service.announcement
        case .client, .dormant: nil
        }
    }

    /// How far a role is that drains; `nil` for one that does not.
    package var drain: DrainStatus? {
        switch self {
        case .server(let status): status.drain
        case .relay(let status): status.service.drain
        case .gateway(let status): status.relay.service.drain
        case .client, .dormant: nil
        }
    }

    /// Whether the role is about to end.
    package var isDraining: Bool { drain != nil }
}
