package import TeredoLinux

extension ServiceError {
    /// A failed system call in the form of a service error.
    package init(_ error: SystemError) {
        self.init(
            "\(error.subject): \(error.reason) (\(error.call))",
            remedy: error.remedy.isEmpty ? "run again with --log-level debug to see the steps before" : error.remedy,
            isForLackOfPrivilege: error.isNotPermitted,
            isForAbsence: error.isNobodyThere
        )
    }

    /// Runs `body` and turns its system errors into service errors.
    package static func wrapping<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(ServiceError) -> Result {
        do {
            return try body()
        } catch {
            throw ServiceError(error)
        }
    }
}
