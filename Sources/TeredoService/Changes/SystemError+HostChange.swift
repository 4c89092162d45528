import TeredoLinux

extension SystemError {
    /// Whether a change did not come to the kernel.
    var isOfHostProcess: Bool { call == HostService.word }

    /// A change that is not for the role.
    static func refusedChange(_ problem: String) -> Self {
        Self(.invalid, HostService.word, problem, remedy: "this is a fault of the program: please report it")
    }

    /// The process that carries changes out is gone.
    static var changerIsGone: Self { Self(.brokenPipe, HostService.word, "the process that changes the network") }

    /// There are more rules than fit into a message.
    static var tooManyRules: Self {
        Self(.tooLong, HostService.word, "the rules of the filter", remedy: "give fewer rules, with ranges of ports")
    }

    /// Programs were attached too often.
    static var tooManyAttachments: Self {
        Self(.busy, "bpf", "programs", remedy: "there were too many attachments just now")
    }

    /// A setting of the kernel that may not be written here.
    static func unwritable(setting name: String) -> Self { Self(.readOnly, "write", name) }
}
