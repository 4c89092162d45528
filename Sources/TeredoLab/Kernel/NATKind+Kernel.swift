package import TeredoProtocol
import TeredoSimulator

extension NATKind {
    /// The same kind made with nftables; the kernel cannot do all of them.
    package var kernelKind: KernelNATKind? { KernelNATKind(rawValue: rawValue) }
}
