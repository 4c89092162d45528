import TeredoSettings

/// Flags of a role that do nothing as long as another setting is not what they need.
///
/// Only flags are refused, and only at the start: a file may keep for later what is not in use, and settings change while a role
/// runs.
enum IdleFlags {
    private struct Need {
        let flags: [Setting]
        /// The key of what they need, and its value.
        let key: String
        let value: String
        let remedy: String
    }

    private static let needs = [
        Need(
            flags: [.transitClients, .transitPeers, .transitRate, .transitTotalRate],
            key: Setting.transit.key,
            value: "true",
            remedy: "add --transit"
        ),
        Need(
            flags: [.allow],
            key: Setting.inbound.key,
            value: InboundMode.filtered.rawValue,
            remedy: "everything may come in; add --inbound filtered"
        ),
        Need(
            flags: [.peerLimit, .newPeerRate, .foreignRelay],
            key: Setting.native.key,
            value: AutoPolicy.NativeRole.hostRelay.rawValue,
            remedy: "it is for a host-relay; leave it out, or --native dormant"
        ),
    ]

    /// Throws for the first flag among the words of a role's command line that does nothing.
    static func refuse(in words: ArraySlice<String>, _ settings: EffectiveSettings) throws(ConfigurationError) {
        for need in needs {
            guard let item = settings.items.first(where: { $0.setting.key == need.key }),
                let idle = need.flags.first(where: { Self.value(of: $0, in: words) != nil })
            else { continue }
            let actual = item.origin == .flag ? value(of: item.setting, in: words) : item.values.last
            guard actual != need.value else { continue }
            throw ConfigurationError("--\(idle.key)", "has no effect: \(need.remedy)")
        }
    }

    /// What a flag says, the last one where it is repeated; `nil` when it is not there.
    private static func value(of setting: Setting, in words: ArraySlice<String>) -> String? {
        let flag = "--\(setting.key)"
        for (index, word) in zip(words.indices, words).reversed() {
            if word.hasPrefix(flag + "=") { return String(word.dropFirst(flag.count + 1)) }
            if word == "--no-\(setting.key)" { return "false" }
            guard word == flag else { continue }
            if case .boolean = setting.kind { return "true" }
            return index + 1 < words.endIndex ? words[index + 1] : ""
        }
        return nil
    }
}
