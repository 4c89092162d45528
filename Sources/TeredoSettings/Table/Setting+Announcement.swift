// How a role of a fleet is announced, and how it ends.
extension Setting {
    package static let announceTable = Setting(
        "announce-table",
        .integer(RoutingTable.range),
        "number",
        "The routing table, one of its own, that has a route for what the role serves while it is healthy; a routing daemon passes "
            + "that on (docs/fleet.md, 'teredo bird-config').",
        example: "3544",
        roles: .announced
    )
    package static let drainTimeout = Setting(
        "drain-timeout",
        0...86_400,
        standardDrainTimeout,
        "seconds",
        "How long a role that drains serves what is established at most, before it ends ('teredo drain').",
        roles: .announced,
        change: .atOnce
    )

    static let standardDrainTimeout = 60
}
