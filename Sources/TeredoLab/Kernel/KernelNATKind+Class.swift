extension KernelNATKind {
    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted: .addressRestricted
        case .portRestricted: .portRestricted
        case .symmetric: .symmetric
        }
    }
}
