extension Role {
    /// A settings file with everything that can be set about the role, explained; what need not be set is commented
    /// out.
    package var sampleFile: String {
        var lines = [
            "# Settings of 'teredo \(rawValue)'. Use: teredo \(rawValue) --config FILE",
            "# Flags override environment variables, which override this file. Check it: teredo config check FILE",
            "role: \(rawValue)",
        ]
        for setting in settings {
            lines.append("")
            lines += Self.wrapped(setting.meaning).map { "# \($0)" }
            lines += Self.wrapped("Allowed: \(setting.kind.allowed)").map { "# \($0)" }
            lines.append(
                "# Environment: \(setting.environmentVariable)" + (setting.isList ? ", separated by commas" : "")
            )
            let value = setting.isList ? "[\"\(setting.example)\"]" : setting.example
            lines.append((setting.isRequired ? "" : "#") + "\(setting.key): \(value)")
        }
        return lines.joined(separator: "\n")
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + word.count < 98 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
