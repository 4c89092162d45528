import TeredoControlTestSupport
import Testing

@testable import TeredoControl

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
}
