import TeredoHost
import TeredoWire

/// Replaces addresses and names in text by masks: the same one by the same mask, wherever and however it is written.
///
/// Names are those that it is told, in capitals or not, and what looks like the name of a host or like that of a user in a path.
/// What tells nothing about a host stays: loopback, multicast, the unspecified address, and well-known prefixes.
package struct AddressMask: Sendable {
    private var numbers: [AddressText.Found: Int] = [:]
    private var counts: [String: Int] = [:]
    private var names: [(octets: [UInt8], mask: String)] = []
    private var nameCount = 0
    /// What is known about each mask, in the order in which they were given.
    package private(set) var legend: [String] = []

    /// Masks nothing but addresses.
    package init() {}

    /// From now on masks `name` too where it stands as a word; `meaning` goes into the legend.
    package mutating func add(name: String, meaning: String) {
        guard name.count > 1, !Self.commonNames.contains(name.lowercased()), IPv4Address(name) == nil,
            IPv6Address(name) == nil
        else { return }
        let mask = mask(ofName: name.utf8.map(\.lowercased), meaning)
        // Capitals of other letters than those of ASCII have other octets.
        for form in [name.lowercased(), name.uppercased(), name.prefix(1).uppercased() + name.dropFirst().lowercased()]
        {
            enter(form.utf8.map(\.lowercased), mask)
        }
    }

    private mutating func enter(_ octets: [UInt8], _ mask: String) {
        guard !names.contains(where: { $0.octets == octets }) else { return }
        names.append((octets, mask))
        names.sort { $0.octets.count > $1.octets.count }
    }

    /// The mask of a name in small letters.
    private mutating func mask(ofName octets: [UInt8], _ meaning: String) -> String {
        if let known = names.first(where: { $0.octets == octets }) { return known.mask }
        nameCount += 1
        let mask = "name-\(nameCount)"
        enter(octets, "[\(mask)]")
        legend.append("\(mask): \(meaning)")
        return "[\(mask)]"
    }

    /// The text with every address and name masked.
    package mutating func masked(_ text: String) -> String {
        let octets = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            let found =
                name(in: octets, at: index) ?? address(in: octets, at: index) ?? userName(in: octets, at: index)
                ?? hostName(in: octets, at: index)
            if let found {
                output += Array(found.replacement.utf8)
                index += found.length
            } else {
                output.append(octets[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    // Words that many texts contain; masking them would hide more than it protects.
    private static let commonNames: Set = [
        "root", "teredo", "localhost", "client", "server", "relay", "gateway", "auto", "debian", "ubuntu", "linux",
    ]
    /// Where folders with the names of users are.
    private static let homes = ["/home/", "/Users/", "/media/", "~"].map { Array($0.utf8) }
    /// How files and units end that reports are full of; none of these is a top-level domain.
    private static let fileEndings: Set = [
        "conf", "json", "log", "mappings", "pcap", "pcapng", "service", "sock", "socket", "state", "swift", "timer",
        "txt",
        "yaml", "yml",
    ]
    /// How else files end, of which reports tell by their path only: there are top-level domains of that name.
    private static let programEndings: Set = ["md", "new", "old", "sh"]
    /// Of a name in the domain name system.
    private static let longestName = 253

    private func name(in octets: [UInt8], at index: Int) -> (replacement: String, length: Int)? {
        guard index == 0 || !octets[index - 1].isLetterOrDigit else { return nil }
        for name in names where octets[index...].starts(with: name.octets, by: { $0.lowercased == $1 }) {
            let end = index + name.octets.count
            if end == octets.count || !octets[end].isLetterOrDigit { return (name.mask, name.octets.count) }
        }
        return nil
    }

    /// The name of a user that begins at `index`: what stands in a path behind the folder that all of them have theirs in.
    private mutating func userName(in octets: [UInt8], at index: Int) -> (replacement: String, length: Int)? {
        guard Self.homes.contains(where: { octets[..<index].suffix($0.count).elementsEqual($0) }) else { return nil }
        // Directories of whole organisations have a domain in the names, behind '@' or before '\\'.
        let name = octets[index...].prefix {
            $0.isWordOctet || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "\\")
        }
        guard let first = name.first, first.isWordOctet, !name.allSatisfy(\.isDecimalDigit) else { return nil }
        return (mask(ofName: name.map(\.lowercased), "the name of a user, in a path"), name.count)
    }

    /// The name of a host that begins at `index`: labels and dots, of which the last label is no number.
    private mutating func hostName(in octets: [UInt8], at index: Int) -> (replacement: String, length: Int)? {
        let previous = index > 0 ? octets[index - 1] : UInt8(ascii: " ")
        guard octets[index].isWordOctet, !previous.isWordOctet else { return nil }
        let isInPath = Self.isInPath(octets, index)
        var name = octets[index...].prefix(Self.longestName + 1).prefix { $0.isWordOctet || $0 == UInt8(ascii: ".") }
        guard name.count <= Self.longestName else { return nil }
        while let last = name.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "-") { name.removeLast() }
        // A setting of the kernel: none of its words is a name.
        if name.starts(with: "net.ipv".utf8) { return (String(decoding: name, as: UTF8.self), name.count) }
        var labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A file may be called after a host.
        while let ending = labels.last, Self.isEnding(ending, inPath: isInPath) {
            labels.removeLast()
            name = name.dropLast(ending.count + (labels.isEmpty ? 0 : 1))
        }
        guard labels.count > 1, let top = labels.last, Self.isTop(top), labels.allSatisfy({ !$0.isEmpty }),
            // The kernel has settings with two words and underscores.
            labels.count > 2 || !name.contains(UInt8(ascii: "_")), !Self.hasAddress(labels)
        else { return nil }
        return (mask(ofName: name.map(\.lowercased), "a name with dots, perhaps of a host"), name.count)
    }

    /// Whether the word at `index` belongs to a step of a path, behind one slash.
    private static func isInPath(_ octets: [UInt8], _ index: Int) -> Bool {
        let before = octets[..<index].reversed().drop { $0.isWordOctet || $0 == UInt8(ascii: ".") }.prefix(2)
        return before.first == UInt8(ascii: "/") && (before.count < 2 || before.last != UInt8(ascii: "/"))
    }

    /// Whether a label can be the last one of a host's name: letters, or those of another language as the name system writes them.
    private static func isTop(_ label: ArraySlice<UInt8>) -> Bool {
        if label.map(\.lowercased).starts(with: "xn--".utf8) { return label.count > 4 }
        return label.count > 1
            && label.allSatisfy { !$0.isDecimalDigit && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
    }

    private static func isEnding(_ label: ArraySlice<UInt8>, inPath isInPath: Bool) -> Bool {
        let text = String(decoding: label, as: UTF8.self).lowercased()
        return fileEndings.contains(text) || isInPath && programEndings.contains(text)
    }

    /// Whether a label holds an address with dashes, which has a mask of its own.
    private static func hasAddress(_ labels: [ArraySlice<UInt8>]) -> Bool {
        labels.contains { label in
            label.split(separator: UInt8(ascii: "-")).count { $0.allSatisfy(\.isDecimalDigit) } >= 4
        }
    }

    /// The address that begins at `index`, or its mask.
    private mutating func address(in octets: [UInt8], at index: Int) -> (replacement: String, length: Int)? {
        guard let (address, length) = AddressText.find(in: octets, at: index) else { return nil }
        let shown = String(decoding: octets[index..<index + length], as: UTF8.self)
        guard address.isTelling else { return (shown, length) }
        return switch address {
        case .ipv4(let address): (mask(address), length)
        case .ipv6(let address): (mask(address), length)
        case .hardware: (mask(address, "mac", nil), length)
        }
    }

    private mutating func mask(_ address: IPv4Address) -> String {
        mask(.ipv4(address), "ipv4", IPv4AddressKind(address)?.description ?? "global")
    }

    private mutating func mask(_ address: IPv6Address) -> String {
        guard let teredo = TeredoAddress(address) else {
            return mask(.ipv6(address), "ipv6", Self.kind(of: address))
        }
        let (server, mapped) = (shown(teredo.server), shown(teredo.mappedEndpoint.address))
        return mask(
            .ipv6(address),
            "ipv6",
            "Teredo address of the server \(server), mapped to \(mapped):\(teredo.mappedEndpoint.port)"
        )
    }

    /// An embedded address as the report shows it.
    private mutating func shown(_ address: IPv4Address) -> String {
        AddressText.Found.ipv4(address).isTelling ? mask(address) : "\(address)"
    }

    private static func kind(of address: IPv6Address) -> String {
        if address.isLinkLocal { return "link-local" }
        if address.isUniqueLocal { return "unique local" }
        if address.isSixToFour { return "6to4" }
        return address.isGlobalScope ? "global" : "from a special-purpose range"
    }

    private mutating func mask(_ subject: AddressText.Found, _ family: String, _ meaning: String?) -> String {
        if let number = numbers[subject] { return "[\(family)-\(number)]" }
        let number = counts[family, default: 0] + 1
        counts[family] = number
        numbers[subject] = number
        if let meaning { legend.append("\(family)-\(number): \(meaning)") }
        return "[\(family)-\(number)]"
    }
}

extension UInt8 {
    /// A capital letter of ASCII as a small one.
    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }

    /// Whether a word goes on: letters of any language, digits, and what names contain.
    fileprivate var isWordOctet: Bool {
        isLetterOrDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
    }

    /// Whether a name goes on: that of a user is part of others, such as `alice-laptop`.
    fileprivate var isLetterOrDigit: Bool {
        isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self >= 0x80
    }
}
