import CTeredoFuzzing
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

extension FuzzTarget {
    /// What runs with the system: the forwarder of names of `teredo run`, and the programs in the kernel that answer for a
    /// server and take what comes for a client.
    static let system = [
        FuzzTarget("names", longestInput: 2000) { input throws(Violation) in
            guard let fault = unsafe teredo_fuzz_names(input, input.count) else { return }
            throw Violation(unsafe String(cString: fault))
        },
        FuzzTarget("bpf-server", longestInput: 300, needsKernelPrograms: true) { input throws(Violation) in
            var trial = FuzzedResponder(input)
            try trial.run()
        },
        FuzzTarget("bpf-client", longestInput: 600, needsKernelPrograms: true) { input throws(Violation) in
            var trial = FuzzedReception(input)
            try trial.run()
        },
    ]
}
