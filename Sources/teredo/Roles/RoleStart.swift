import TeredoSettings

/// What a role is started with: its command line, and what its file and the environment say.
struct RoleStart {
    /// The words after the name of the program.
    let commandLine: [String]
    /// The settings, read once.
    let settings: EffectiveSettings
}
