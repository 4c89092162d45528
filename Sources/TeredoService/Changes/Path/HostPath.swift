import TeredoHost
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The data path in the kernel, as whoever changes the host holds it for a role: the programs are attached as long as this value lives.
///
/// Where packets may come from and go to is found out here, not told: the interface with the address of a UDP port that the role has,
/// and those that the routes of the host lead through.
final class HostPath {
    private let path: KernelDataPath

    /// Loads and attaches the programs, between an interface and a UDP port of the role's.
    init(
        _ tunnel: NetworkInterface,
        _ socket: CInt,
        limits: (peers: Int, natives: Int),
        mtu: Int,
        _ side: KernelDataPath.Side
    ) throws(SystemError) {
        let origin: PathOrigin
        do throws(ServiceError) {
            origin = try PathOrigin(of: UDPSocket.localEndpoint(of: socket), except: tunnel.index)
        } catch {
            throw SystemError(.invalid, "bpf", error.message, remedy: error.remedy)
        }
        var settings = KernelDataPath.Settings(
            tunnel: tunnel,
            underlying: origin.interface,
            localEndpoint: origin.endpoint,
            side: side
        )
        (settings.peerLimit, settings.nativeLimit, settings.mtu) = (limits.peers, limits.natives, mtu)
        path = try KernelDataPath(settings)
    }

    /// The interfaces that the path is on.
    var places: [PathPlace] { path.attachments.values.map(PathPlace.init).sorted { $0.way < $1.way } }

    /// The map, for the role.
    func map(_ map: KernelPathMap) throws(SystemError) -> CInt { try path.map(map).descriptor }

    /// Becomes another end of the tunnel, with another MTU in octets.
    func update(_ side: KernelDataPath.Side, mtu: Int) throws(SystemError) { try path.update(side, mtu: mtu) }

    /// Lets the path be on the interface too that leads to an address, at this pace; throws when there is no such way, or none that is
    /// suited.
    func reach(_ address: IPv4Address, pace: inout TokenBucket) throws(SystemError) {
        let found = Netlink.interface(towards: address, from: path.settings.localEndpoint.address)
        guard let index = found, index != path.settings.tunnel.index else {
            throw SystemError(.invalid, "bpf", "the way to \(address)")
        }
        guard path.attachments[index] == nil else { return }
        guard pace.take(now: MonotonicClock.now) else { throw .tooManyAttachments }
        try path.reach(index)
    }

    /// Leaves interfaces that are not suited any longer.
    func review() throws(SystemError) { try path.leaveUnsuitableInterfaces() }
}

extension PathPlace {
    /// Describes what is attached.
    fileprivate init(_ attachment: KernelDataPath.Attachment) {
        self.init(way: attachment.way, interface: attachment.interface, reception: attachment.reception)
    }
}
