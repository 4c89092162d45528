/// Texts of 65,536 octets that cost much when they are read in the wrong way.
enum HostileTexts {
    static let length = 65_536

    private static let units = [
        " ", "\t", "\r\n", "\n", "\u{85}", "\u{A0}", "\u{2028}", "\u{3000}", "\u{1F468}\u{200D}", "e\u{301}", "\u{301}",
        "<", ">",
        "<a", "<a>", "</a>", "<a/>", "<!--", "<!-", "-->", "<![CDATA[", "]]>", "<?", "<!", "[", "<!DOCTYPE [", "&",
        "&amp;",
        "&#", "&#x", "\"", "'", "<a \"", "<a '", "<a \"'", "<service>", "<controlURL>", "<controlURL>a</controlURL>",
        "<service><serviceType>", "<URLBase>", "<errorCode>", "</errorCode", ":", "<a:", "/", "../", "./", "a/", "?",
        "#", "%",
        "0\r\n", "1\r\na\r\n", ";", "X:\r\n", "X: y\r\n", " y\r\n", "A", "\u{0}",
        "<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/a</controlURL></service>",
    ]

    /// Each unit over and over, in several frames.
    static let all: [[UInt8]] = units.flatMap { unit in
        [("", ""), ("<service><controlURL>", "</controlURL>"), ("<NewExternalIPAddress>", "</x>")].map { frame in
            let room = length - frame.0.utf8.count - frame.1.utf8.count
            let body = Array(repeating: Array(unit.utf8), count: room / unit.utf8.count).joined()
            return Array(frame.0.utf8) + body + Array(frame.1.utf8)
        }
    }

    /// Heads in front of them.
    static let heads = [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]
}
