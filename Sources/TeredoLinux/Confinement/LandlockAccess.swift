/// Kinds of access to files that Landlock knows, as linux/landlock.h numbers them.
struct LandlockAccess: OptionSet, Sendable {
    let rawValue: UInt64

    static let writeFile = Self(rawValue: 1 << 1)
    static let readFile = Self(rawValue: 1 << 2)
    static let readFolder = Self(rawValue: 1 << 3)
    static let removeFile = Self(rawValue: 1 << 5)
    static let makeFile = Self(rawValue: 1 << 8)
    static let makeSocket = Self(rawValue: 1 << 9)
    /// Of version 3.
    static let truncate = Self(rawValue: 1 << 14)
    /// Of version 5: what ioctl(2) does with devices.
    static let control = Self(rawValue: 1 << 15)

    /// Those that a file may have that is no folder.
    static let ofFiles: Self = [.writeFile, .readFile, .truncate, .control]

    /// All that a version of Landlock knows, running programs and making devices included.
    static func known(to version: Int) -> Self {
        switch version {
        case ..<2: Self(rawValue: 1 << 13 - 1)
        case 2: Self(rawValue: 1 << 14 - 1)
        case 3, 4: Self(rawValue: 1 << 15 - 1)
        default: Self(rawValue: 1 << 16 - 1)
        }
    }
}
