import TeredoKernel
import TeredoLinux
import TeredoWire

/// The data path in the kernel, which another process holds for the role: programs and their settings there, the maps here.
extension HostProcess {
    /// Has the programs loaded and attached for the UDP port `socket`, in place of those before; returns where they are, the interface
    /// with the address first, and the maps, in which there is nothing yet.
    func makePath(
        for socket: CInt,
        peers: Int,
        natives: Int,
        mtu: Int,
        _ side: KernelDataPath.Side
    ) throws(SystemError) -> (places: [PathPlace], tables: KernelPathTables) {
        let request = PathRequest.make(peers: peers, natives: natives, mtu: mtu, side)
        let places = try askPath(request, giving: socket).places
        let tables = KernelPathTables(
            peers: try takeMap(.peers),
            natives: try takeMap(.natives),
            counters: try takeMap(.counters)
        )
        return (places, tables)
    }

    /// Has the path be another end of the tunnel, with another MTU in octets.
    func updatePath(_ side: KernelDataPath.Side, mtu: Int) throws(SystemError) {
        _ = try askPath(.update(mtu: mtu, side))
    }

    /// Has the path be on the interface too that leads to an address; returns all that it is on then.
    func reach(_ address: IPv4Address) throws(SystemError) -> [PathPlace] { try askPath(.reach(address)).places }

    /// Has the path leave interfaces that are not suited any longer; returns those that it is on.
    func reviewPath() throws(SystemError) -> [PathPlace] { try askPath(.review).places }

    /// Ends the path.
    func endPath() { _ = try? askPath(.end) }

    private func takeMap(_ map: KernelPathMap) throws(SystemError) -> BPFMap {
        guard let descriptor = try askPath(.giveMap(map)).descriptor else {
            throw .refusedChange("no map of \(map.rawValue) came back")
        }
        return try map.adopt(descriptor)
    }

    private func askPath(
        _ request: PathRequest,
        giving socket: CInt? = nil
    ) throws(SystemError) -> (places: [PathPlace], descriptor: CInt?) {
        let (answer, descriptor) = ask(.path(request), giving: socket, limit: Self.pathLimit)
        switch answer {
        case .done: return ([], descriptor)
        case .places(let places): return (places, descriptor)
        case .failed(let error): throw error
        case .refused(let problem): throw .refusedChange(problem)
        case .refusals, .otherFilters: throw .refusedChange("the answer is one to something else")
        }
    }

    /// A driver that begins to run programs may set up its card anew.
    private static let pathLimit = Duration.seconds(20)
}
