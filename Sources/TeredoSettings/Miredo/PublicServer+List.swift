extension PublicServer {
    /// When the list was last looked at, as in docs/servers.tsv.
    package static let lastLook = "2026-11-29"

    /// The servers of docs/servers.tsv whose state is *gone*, in its order.
    package static let gone = [
        Self(
            "teredo.remlab.net",
            goneSince: 2022,
            because: "Miredo's own server; its name led to teredo.trex.fi since 2021, which is off"
        ),
        Self(
            "teredo-debian.remlab.net",
            goneSince: 2022,
            because: "the server in Debian's miredo.conf; its name led to teredo.trex.fi since 2021, which is off"
        ),
        Self(
            "teredo.trex.fi",
            goneSince: 2022,
            because: "its operator says: offline since 2022 due to hardware failure"
        ),
        Self(
            "teredo.nic.cz",
            goneSince: 2021,
            because: "its operator announced to turn it off on 2021-10-25"
        ),
        Self(
            "teredo.ipv6.microsoft.com",
            goneSince: nil,
            because: "what Windows XP to 7 used; listed as disused"
        ),
        Self(
            "win8.ipv6.microsoft.com",
            goneSince: nil,
            because: "listed as disused"
        ),
        Self(
            "teredo.autotrans.consulintel.com",
            goneSince: nil,
            because: "listed as disused"
        ),
        Self(
            "teredo.ngix.ne.kr",
            goneSince: nil,
            because: "listed as disused"
        ),
        Self(
            "teredo.managemydedi.com",
            goneSince: nil,
            because: "listed as disused"
        ),
        Self(
            "debian-miredo.progsoc.org",
            goneSince: 2017,
            because: "the name does not resolve, says a user; listed as disused"
        ),
    ]
}
