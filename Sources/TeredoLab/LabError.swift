/// Why a lab could not be built or used; the text says what was wrong, with what, and what to do.
package enum LabError: Error, Hashable, CustomStringConvertible {
    /// Neither root nor a user namespace is to be had.
    case notPrivileged(detail: String)
    /// A program that the lab needs is not installed.
    case missingProgram(String)
    /// A set-up command failed.
    case commandFailed(command: String, detail: String)
    /// Something did not happen within its time.
    case timedOut(String)
    /// A combination of options that cannot be built.
    case unsupported(String)
    /// SIGINT or SIGTERM arrived.
    case interrupted

    package var description: String {
        switch self {
        case .notPrivileged(let detail):
            "the kernel lab needs network namespaces: run it as root, or allow unprivileged user namespaces "
                + "(sysctl kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0, "
                + "whichever your distribution has). \(detail)"
        case .missingProgram(let text): text
        case .commandFailed(let command, let detail): "command failed: \(command)\n\(detail)"
        case .timedOut(let text): text
        case .unsupported(let text): text
        case .interrupted: "interrupted"
        }
    }
}
