import TeredoLab
import TeredoProtocol
import TeredoSimulator
import Testing

/// What ought to connect.
struct ReachabilityTests {
    private static let restricted: [NATExpectationClass] = [.open, .addressRestricted, .portRestricted]

    @Test("everything connects without a symmetric NAT", arguments: restricted, restricted)
    func plain(first: NATExpectationClass, second: NATExpectationClass) {
        #expect(Reachability.between(first, second) == .connects)
    }

    @Test(
        "keyed bubbles reach through a symmetric NAT from where its answer can come back",
        arguments: [
            (NATExpectationClass.open, NATExpectationClass.symmetric, Reachability.connects),
            (.open, .addressSymmetric, .connects), (.addressRestricted, .symmetric, .connects),
            (.addressRestricted, .addressSymmetric, .cannotConnect), (.portRestricted, .symmetric, .cannotConnect),
            (.symmetric, .open, .undetermined), (.symmetric, .addressRestricted, .undetermined),
            (.symmetric, .portRestricted, .cannotConnect), (.symmetric, .symmetric, .cannotConnect),
            (.addressSymmetric, .addressRestricted, .cannotConnect), (.addressSymmetric, .open, .undetermined),
        ]
    )
    func symmetric(first: NATExpectationClass, second: NATExpectationClass, outcome: Reachability) {
        #expect(Reachability.between(first, second) == outcome)
    }

    @Test("nested NATs are as strict as the stricter one", arguments: NATExpectationClass.allCases)
    func nested(outer: NATExpectationClass) {
        for inner in NATExpectationClass.allCases {
            #expect(inner.behind(outer).rawValue == max(inner.rawValue, outer.rawValue))
        }
    }
}
