import TeredoLinux
import TeredoWire
import Testing

@Suite struct InboundRuleTests {
    @Test(
        "A rule reads as it is written",
        arguments: [
            "all", "tcp", "udp", "tcp/22", "udp/3074", "tcp/8000-8010", "tcp/22 from 2001:db8::/32",
            "all from 2001:db8::1/128",
        ]
    )
    func roundTrip(text: String) { #expect(InboundRule(text)?.description == text) }

    @Test("What says the same is the same rule")
    func normalised() {
        #expect(InboundRule("tcp/1-65535") == InboundRule("tcp"))
        #expect(InboundRule("udp/7-7") == InboundRule("udp/7"))
        #expect(InboundRule("tcp/22 from ::/0") == InboundRule("tcp/22"))
        #expect(InboundRule("tcp/22  from 2001:db8::5") == InboundRule("tcp/22 from 2001:db8::5/128"))
    }

    @Test(
        "What is no rule opens nothing",
        arguments: [
            "", "any", "tcp/", "tcp/0", "tcp/65536", "tcp/+22", "tcp/22-", "tcp/-22", "tcp/30-20", "tcp/1-2-3",
            "tcp/22/23",
            "icmp", "TCP/22", "tcp/22 from", "tcp/22 from 10.0.0.0/8", "tcp/22 to 2001:db8::/32",
            "all from 2001:db8::/129",
            "tcp/22 from 2001:db8::/32 and more", "22",
        ]
    )
    func malformed(text: String) { #expect(InboundRule(text) == nil) }
}
