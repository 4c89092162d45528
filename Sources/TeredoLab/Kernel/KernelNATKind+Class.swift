extension KernelNATKind {
    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted, .addressRestrictedAccepting: .addressRestricted
        case .portRestricted, .portRestrictedAccepting: .portRestricted
        case .symmetric, .symmetricAccepting: .symmetric
        }
    }
}
