import TeredoKernel
import TeredoLinux

/// An interface that the kernel's data path is on.
struct PathPlace: Hashable, Sendable {
    /// The number that peers behind it have in the map of peers.
    let way: Int
    /// The interface.
    let interface: NetworkInterface
    /// Where datagrams are taken from.
    let reception: KernelDataPath.Reception

    /// Describes an interface.
    init(way: Int, interface: NetworkInterface, reception: KernelDataPath.Reception) {
        (self.way, self.interface, self.reception) = (way, interface, reception)
    }

    /// The place as words.
    var words: String { "\(way) \(interface.index) \(reception.rawValue) \(interface.name)" }

    /// Reads the words; `nil` when they are anything else.
    init?(words line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, let way = Int(words[0]), (0..<KernelDataPath.wayLimit).contains(way),
            let index = Int32(words[1]), let reception = KernelDataPath.Reception(rawValue: words[2])
        else { return nil }
        self.init(way: way, interface: NetworkInterface(name: words[3], index: index), reception: reception)
        guard self.words == line else { return nil }
    }
}
