import TeredoControl
import TeredoHost
import TeredoProtocol
import TeredoWire

/// What moves packets of peers on direct paths beside the thread that has the machine: worker threads, or the kernel.
///
/// It is given the paths that the machine would use, notes what it moves there, and takes paths back that the machine would
/// use no more.
protocol PathMover: DriverPart {
    /// What it moved.
    var traffic: PathTraffic { get }
    /// What the system refused to it.
    var systemCounters: SystemCounters { get }
    /// The number of peers whose packets pass without this program.
    var kernelPeers: Int { get }
    /// Takes over the machine's rules for packets on direct paths; to be called after everything that may change them.
    func adoptRules()
    /// Takes over another limit and another wish to count octets; throws, and leaves everything as it is, when there is no
    /// memory.
    func adopt(peerLimit: Int, countsOctets: Bool) throws(ServiceError)
    /// Compares the paths in use with what the machine says now.
    func review(now: ProtocolInstant)
    /// Tells the machine when the path to `address` was used, and how many octets were moved there since it last heard of
    /// them.
    func recordActivity(of address: IPv6Address)
    /// Asks the machine again about the path to `address`.
    func reconsider(_ address: IPv6Address, now: ProtocolInstant)
    /// Follows the host's network.
    func handleNetworkChange()
    /// Moves nothing any more.
    func stop()
}

extension PathMover {
    /// None does.
    var kernelPeers: Int { 0 }

    /// Nothing depends on them.
    func adopt(peerLimit: Int, countsOctets: Bool) throws(ServiceError) {}

    /// Nothing depends on it.
    func handleNetworkChange() {}

    /// What is not there any more moves nothing.
    func stop() {}
}
