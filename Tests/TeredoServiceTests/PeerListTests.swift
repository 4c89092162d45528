import Testing

@testable import TeredoService

@Suite("Peer list")
struct PeerListTests {
    @Test("is a table that says what is not known, and how many peers it leaves out")
    func text() {
        let list = PeerList(total: 12, peers: (0...2).map(ControlSample.peer))
        let expected = """
            PEER                                 PATH        ENDPOINT              HEARD          RTT    RECEIVED  SENT   NAT             RFC 6081
            2001:0:c000:2ff:2cad:efff:39cc:1000  direct      198.51.100.200:40000  1 min 5 s ago  23 ms  1.2 MB    640 B  symmetric       yes
            2001:0:c000:2ff:2cad:efff:39cc:1001  contacting  198.51.100.200:40001  not yet        -      -         -      not known       not seen
            2001:0:c000:2ff:2cad:efff:39cc:1002  direct      198.51.100.200:40002  1 min 5 s ago  23 ms  1.2 MB    640 B  keeps endpoint  yes
            9 more; --limit shows up to 256
            """
        #expect(list.text == expected)
    }

    @Test("without peers it says so")
    func empty() {
        #expect(PeerList(total: 0, peers: []).text == "no peers")
    }

    @Test(
        "octets are shown in the largest unit",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9949, "9.9 kB"), (9960, "10 kB"), (999_400, "999 kB"),
            (1_000_000, "1.0 MB"), (25_000_000_000, "25 GB"), (.max, "18446744 TB"),
        ] as [(UInt64, String)]
    )
    func octets(amount: UInt64, text: String) {
        #expect(OctetText.short(amount) == text)
    }
}
