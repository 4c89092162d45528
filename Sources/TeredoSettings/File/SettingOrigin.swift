/// Where the value of a setting came from.
package enum SettingOrigin: Hashable, Sendable {
    /// Nobody gave one.
    case standard
    /// A line of the settings file.
    case file(place: String)
    /// A variable of the environment.
    case environment(name: String)
    /// The command line.
    case flag
    /// Somebody set it while the role ran.
    case live

    /// The words for programs.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case standard = "default"
        case file
        case environment
        case commandLine
        case live

        /// The words for people, where there is no place to name.
        var text: String {
            switch self {
            case .standard: "default"
            case .file: "file"
            case .environment: "environment"
            case .commandLine: "flag"
            case .live: "teredo set"
            }
        }
    }

    /// Which of them it is.
    package var kind: Kind {
        switch self {
        case .standard: .standard
        case .file: .file
        case .environment: .environment
        case .flag: .commandLine
        case .live: .live
        }
    }

    /// File and line, or the name of the variable; `nil` where the kind says all.
    package var place: String? {
        switch self {
        case .file(let place): place
        case .environment(let name): name
        case .standard, .flag, .live: nil
        }
    }
}
