import TeredoProtocol

/// The pages about peers that are not reached, and about limits that protect this node.
extension DropBook {
    static func contacts(_ reason: DropReason) -> Entry {
        switch reason {
        case .forbiddenEndpoint:
            (
                "The IPv4 endpoint that something would go to is not one that may be sent to: private, reserved or of this"
                    + " host.",
                "An invented address led there, and nothing was sent. Inside a network of your own: `--internal-prefix`."
            )
        case .notQualified:
            (
                "A packet came while the client had no address.",
                "`teredo status` says why it has none, and `teredo check` what to do about it."
            )
        case .localDestination:
            (
                "The IPv6 destination is link-local, site-local, loopback or unspecified, and never leaves a host.",
                "Programs that talk on every interface do that: nothing to do."
            )
        case .foreignSource:
            (
                "The IPv6 source is not the Teredo address of this client, or not one that the relay serves.",
                "Client: a program is bound to another address; `--routing-table auto` sends only what belongs here. Relay:"
                    + " `--served-prefix` names the prefixes that it serves."
            )
        case .tooBig:
            (
                "The packet is longer than the MTU of the tunnel; the sender was told so by ICMPv6.",
                "Senders learn from that. If it goes on, something filters ICMPv6 packet too big on the way to the sender."
            )
        case .ownEndpoint:
            (
                "The destination is at our own mapped endpoint, so the packet would come back.",
                "An address was built wrongly, or is an old one of this host: nothing to do."
            )
        case .invalidServer:
            (
                "The server inside the Teredo address of the destination is private, reserved or this node itself.",
                "The address is made up or its owner's server is misconfigured; `teredo address ADDRESS` explains it."
            )
        case .queueFull:
            (
                "Too many packets wait for peers that are not reached yet: 64 packets or 64 KiB may wait for each, and 4 MiB in all.",
                "Is much sent to a peer that cannot be reached, or something to very many new peers at once? `teredo peers` shows"
                    + " whom contacts are under way to."
            )
        case .bubbleLimitReached:
            (
                "Four bubbles brought no answer, and the next one may not go yet.",
                "The peer is gone or not reachable from here: `teredo check --with ADDRESS` tells how the two NATs get on."
            )
        case .peerUnreachable:
            (
                "A packet waited for a peer that did not answer in time; the sender was told.",
                "A few are peers that are gone. Many: `teredo check`, and for one peer `teredo check --with ADDRESS`."
            )
        case .connectivityTestFailed:
            (
                "A packet was held until its native source would answer a connectivity test, and it did not answer.",
                "Spoofed, or no relay towards native IPv6 answers: the row 'Native IPv6' of `teredo status` tells."
            )
        case .answerLimitReached:
            (
                "So many bubbles, tests or echo requests came that the limit on answers was reached, or a bubble was not sent "
                    + "because more than came in the name of its receiver would have gone there.",
                "It protects others from this node. If it goes on, somebody floods: `sudo teredo capture FILE` shows who."
            )
        case .peerTableFull:
            (
                "There is no room for another peer, or more new ones came at once than are taken in.",
                "A relay with many clients: raise `--peer-limit` and `--new-peer-rate`. On a client somebody scans."
            )
        case .flushed:
            (
                "A peer was forgotten, and what waited for it with it: another one took its place, or the address changed.",
                "With every change of address a few: nothing to do. Many: raise `--peer-limit`."
            )
        case .foreignError:
            (
                "An ICMPv4 error about something that was never sent, or is over.",
                "A late one, or forged: nothing to do."
            )
        case .unprovenError:
            (
                "An ICMPv4 error about something that was sent, that does not quote what only its receiver can know.",
                "Routers that quote little cause it: nothing to do. It is not believed, as anybody could have sent it."
            )
        case .contradictedError:
            (
                "An ICMPv4 error about a peer or server that was heard all the same.",
                "A firewall that refuses and lets through, or somebody who forges errors: the traffic goes on."
            )
        case .inconsequentialError:
            (
                "An ICMPv4 error that is no sign of death: time exceeded, fragmentation needed and the like.",
                "Nothing to do: opening bubbles are meant to die on their way, and routers say so."
            )
        default:
            (
                "More ICMPv4 errors came at once than are looked at.",
                "Something that was sent to many is refused by many, or somebody floods: `sudo teredo capture FILE` shows whom."
            )
        }
    }
}
