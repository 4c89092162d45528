package import TeredoProtocol
import TeredoSimulator

extension NATKind {
    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted, .addressRestrictedAccepting: .addressRestricted
        case .portRestricted, .portRestrictedMapped, .portRestrictedAccepting: .portRestricted
        case .symmetric, .symmetricMapped, .portPreservingSymmetric, .sequentialSymmetric, .symmetricAccepting:
            .symmetric
        case .addressSymmetric: .addressSymmetric
        }
    }
}
