import Glibc

/// The release of the running kernel, as far as offloads and privileges depend on it.
package struct KernelRelease: Comparable, CustomStringConvertible, Sendable {
    /// The three leading numbers, 7.1.4 for example.
    package let numbers: [3 of Int]

    /// Makes a release.
    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        numbers = [major, minor, patch]
    }

    /// Reads the leading numbers of a text like `6.18.44-generic`; what is missing is 0.
    package init(_ text: String) {
        var numbers: [3 of Int] = [0, 0, 0]
        for (index, part) in text.split(separator: ".", maxSplits: 2).enumerated() {
            numbers[index] = Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
        }
        self.numbers = numbers
    }

    /// The release of the running kernel.
    package static var running: Self {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return Self(0, 0, 0) }
        return Self(
            unsafe withUnsafeBytes(of: &names.release) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        )
    }

    /// Whether UDP_SEGMENT can be trusted: Linux 7.0 to 7.1.4 mangles headers of equally long segments, which nothing
    /// shows at run time.
    package var segmentsDatagramsCorrectly: Bool { self < Self(7, 0, 0) || self > Self(7, 1, 4) }

    package static func < (lhs: Self, rhs: Self) -> Bool {
        for index in 0..<3 where lhs.numbers[index] != rhs.numbers[index] {
            return lhs.numbers[index] < rhs.numbers[index]
        }
        return false
    }

    package static func == (lhs: Self, rhs: Self) -> Bool { !(lhs < rhs) && !(rhs < lhs) }

    package var description: String { "\(numbers[0]).\(numbers[1]).\(numbers[2])" }
}
