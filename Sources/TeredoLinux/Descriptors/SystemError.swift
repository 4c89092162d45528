import Glibc

/// A system call that failed: which, about what, and why.
package struct SystemError: Error, Hashable, Sendable {
    /// The errno value.
    package let code: CInt
    /// The call, by its name in the manual.
    package let call: String
    /// What it was about: an interface, an endpoint, a path.
    package let subject: String
    /// What to do about it; empty when there is nothing to say.
    package let remedy: String

    /// Makes an error; the default code is the current errno.
    package init(_ call: String, _ subject: String, code: CInt = errno, remedy: String = "") {
        self.code = code
        self.call = call
        self.subject = subject
        self.remedy = remedy
    }
}

extension SystemError {
    /// Reasons that are not the kernel's, in its words.
    package enum Reason: Hashable, Sendable {
        /// EINVAL.
        case invalid
        /// EPIPE.
        case brokenPipe
        /// EMSGSIZE.
        case tooLong
        /// EROFS.
        case readOnly
        /// EBUSY.
        case busy

        fileprivate var code: CInt {
            switch self {
            case .invalid: EINVAL
            case .brokenPipe: EPIPE
            case .tooLong: EMSGSIZE
            case .readOnly: EROFS
            case .busy: EBUSY
            }
        }
    }

    /// Makes an error that no call of the kernel returned.
    package init(_ reason: Reason, _ call: String, _ subject: String, remedy: String = "") {
        self.init(call, subject, code: reason.code, remedy: remedy)
    }
}

extension SystemError: CustomStringConvertible {
    /// The reason in the system's words.
    package var reason: String { unsafe String(cString: strerror(code)) }

    /// Whether there is no such thing.
    package var isMissing: Bool { code == ENOENT }

    /// Whether an interface is not there.
    package var isNoDevice: Bool { code == ENODEV }

    /// Whether nobody listens at a socket, or there is none.
    package var isNobodyThere: Bool { code == ENOENT || code == ECONNREFUSED }

    /// Whether an address or port is taken already.
    package var isAddressInUse: Bool { code == EADDRINUSE }

    /// Whether nobody answered in time.
    package var isTimeout: Bool { code == ETIMEDOUT }

    /// Whether the host has no such address.
    package var isAddressNotAvailable: Bool { code == EADDRNOTAVAIL }

    /// Whether the host has no IPv6, or no such IPv6 address.
    package var isWithoutIPv6: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }

    /// Whether such a thing exists already.
    package var isAlreadyThere: Bool { code == EEXIST }

    /// Whether another program holds what was asked for.
    package var isBusy: Bool { code == EBUSY }

    /// Whether a privilege is missing.
    package var isNotPermitted: Bool { code == EPERM || code == EACCES }

    /// One line for people: subject, reason, call, and the remedy if there is one.
    package var description: String {
        "\(subject): \(reason) (\(call))" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
