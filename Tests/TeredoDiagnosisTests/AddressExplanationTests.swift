import TeredoDiagnosis
import TeredoHost
import TeredoWire
import Testing

@Suite("Address explanation")
struct AddressExplanationTests {
    @Test("an ordinary address is explained bit by bit")
    func text() throws {
        let explanation = try AddressExplanation(parsing: "2001:0:4136:e378:2cad:63bf:a7cf:5302")
        let expected = """
            2001:0:4136:e378:2cad:63bf:a7cf:5302 is a Teredo address.

            Bits     Field               Raw        Meaning
            -------  ------------------  ---------  -------------------------------------------------
            0-31     prefix              2001:0000  the Teredo service prefix 2001::/32
            32-63    server              4136:e378  65.54.227.120
            64-79    flags               2cad       0x2cad
              64       C                 0          cone bit: clear
              65       z                 0          reserved: sent as 0, ignored on receipt
              66-69    Random1           1011       random bits of RFC 5991
              70       U                 0          universal/local bit: 0
              71       G                 0          individual/group bit: 0
              72-79    Random2           10101101   random bits of RFC 5991
            80-95    obfuscated port     63bf       mapped port 40000 (every bit inverted)
            96-127   obfuscated address  a7cf:5302  mapped address 88.48.172.253 (every bit inverted)

            Server           65.54.227.120
            Mapped endpoint  88.48.172.253:40000
            """
        #expect(explanation.text == expected)
    }

    @Test("JSON has the stable keys of the command line contract")
    func json() throws {
        let explanation = try AddressExplanation(parsing: "2001:0:cb00:7101:e866:efff:3fff:fdfe")
        let json = try JSONText.encode(explanation, isPretty: false)
        #expect(json.contains(#""server":"203.0.113.1""#))
        #expect(json.contains(#""mappedEndpoint":"192.0.2.1:4096""#))
        #expect(json.contains(#""flags":"0xe866""#))
        #expect(json.contains(#""cone":true"#))
        #expect(json.contains(#""address":"2001:0:cb00:7101:e866:efff:3fff:fdfe""#))
    }

    @Test(
        "what is unusual gets a note",
        arguments: [
            ("2001:0:4136:e378:8001:63bf:a7cf:5302", "The cone bit is set"),
            ("2001:0:4136:e378:4001:63bf:a7cf:5302", "The reserved bit z is set"),
            ("2001:0:4136:e378:0201:63bf:a7cf:5302", "U and G should be clear"),
            ("2001:0:4136:e378:0101:63bf:a7cf:5302", "U and G should be clear"),
            ("2001:0:4136:e378:0:63bf:a7cf:5302", "The random bits are all zero"),
            ("2001:0:4136:e378:1:63bf:3f57:fefe", "192.168.1.1 is private (192.168.0.0/16): no packet can be sent"),
            ("2001:0:4136:e378:1:63bf:3fff:fdd2", "192.0.2.45 is for documentation (192.0.2.0/24): not routable"),
            ("2001:0:a00:1:1:63bf:a7cf:5302", "The server address 10.0.0.1 is private"),
            ("2001:0:4136:e378:1:ffff:a7cf:5302", "The mapped port is 0"),
            ("2001:0:4136:e378:1:63bf:bec9:1c87", "The mapped address is the server itself"),
            ("2001:0:4136:e378:1:63bf:0:0", "255.255.255.255 is the broadcast address"),
        ]
    )
    func notes(address: String, note: String) throws {
        let explanation = try AddressExplanation(parsing: address)
        #expect(explanation.notes.contains { $0.contains(note) }, "\(explanation.notes)")
    }

    @Test("an ordinary address gets no note")
    func noNotes() throws {
        #expect(try AddressExplanation(parsing: "2001:0:4136:e378:2cad:63bf:a7cf:5302").notes.isEmpty)
    }

    @Test(
        "other addresses are refused with the reason",
        arguments: [
            ("192.0.2.1", "192.0.2.1 is an IPv4 address"),
            ("hello", "'hello' is not an IPv6 address"),
            ("", "'' is not an IPv6 address"),
            ("2001:db8::1", "2001:db8::1 is not a Teredo address: it is not in 2001::/32"),
            ("2002:c000:201::1", "6to4"),
            ("3ffe:831f:4136:e378:8000:63bf:3fff:fdd2", "withdrawn in 2006"),
            ("fe80::1", "link-local"),
            ("fd00::1", "unique local"),
            ("ff02::1", "multicast"),
        ]
    )
    func refuses(text: String, reason: String) throws {
        let error = try #require(throws: ServiceError.self) { _ = try AddressExplanation(parsing: text) }
        #expect(error.message.contains(reason))
        #expect(!error.remedy.isEmpty)
    }
}
