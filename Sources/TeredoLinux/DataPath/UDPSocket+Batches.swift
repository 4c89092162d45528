import CTeredoLinux
import Glibc

extension UDPSocket {
    /// Takes what waits, and notes in `addresses` what each datagram was sent to, if ``tellDestination()`` was called; returns
    /// `false` when nothing waited.
    package func receive(into batch: ReceiveBatch, noting addresses: AnsweringAddresses? = nil) -> Bool {
        batch.receive(from: descriptor, noting: addresses)
    }

    /// Has each received batch know which address of this host its datagrams were sent to.
    package func tellDestination() { _ = teredo_set_option(descriptor, CInt(IPPROTO_IP), IP_PKTINFO, 1) }

    /// Has each received batch tell the type of service of its datagrams, for ``ReceiveBatch/adoptTrafficClass(_:_:)``.
    package func tellTrafficClass() { _ = teredo_set_option(descriptor, CInt(IPPROTO_IP), IP_RECVTOS, 1) }

    /// Switches the wanted offloads on and returns those that the kernel has and does right.
    package func enable(_ wanted: Set<Offload>) -> Set<Offload> {
        var granted = wanted.intersection(Offload.ofSocket)
        if granted.contains(.udpGSO) {
            let isUsable = KernelRelease.running.segmentsDatagramsCorrectly && teredo_has_segmentation(descriptor) != 0
            if !isUsable { granted.remove(.udpGSO) }
        }
        if granted.contains(.udpGRO) {
            let level = CInt(TEREDO_SOL_UDP)
            // Before Linux 5.12 the segment size may be missing.
            let isUsable = KernelRelease.running >= KernelRelease(5, 12, 0)
            if !isUsable || teredo_set_option(descriptor, level, CInt(TEREDO_UDP_GRO), 1) != 0 {
                granted.remove(.udpGRO)
            }
        }
        return granted
    }
}
