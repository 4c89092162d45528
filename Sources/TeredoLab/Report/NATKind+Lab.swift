package import TeredoProtocol
import TeredoSimulator

extension NATKind {
    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted: .addressRestricted
        case .portRestricted, .portRestrictedMapped: .portRestricted
        case .symmetric, .symmetricMapped, .portPreservingSymmetric, .sequentialSymmetric: .symmetric
        case .addressSymmetric: .addressSymmetric
        }
    }
}
