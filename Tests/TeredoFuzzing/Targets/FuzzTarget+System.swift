import CTeredoFuzzing
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

extension FuzzTarget {
    /// What runs with the system: the forwarder of names of `teredo run`, and the program in the kernel that answers for a server.
    static let system = [
        FuzzTarget("names", longestInput: 2000) { input throws(Violation) in
            guard let fault = unsafe teredo_fuzz_names(input, input.count) else { return }
            throw Violation(unsafe String(cString: fault))
        },
        FuzzTarget("bpf-server", longestInput: 300, needsKernelPrograms: true) { input throws(Violation) in
            var trial = FuzzedResponder(input)
            try trial.run()
        },
    ]
}
