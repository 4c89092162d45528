import CTeredoLinux

/// What this program was started with, as text.
package enum StartWords {
    /// What of the command line, or of the variables whose names begin with `prefix`, is no UTF-8 text, in words; `nil` for nothing.
    ///
    /// Swift replaces what it cannot decode, so that another file, another name or another secret would be meant.
    package static func undecodable(variables prefix: String) -> String? {
        for position in 0..<Int(CommandLine.argc) {
            guard let word = unsafe CommandLine.unsafeArgv[position] else { break }
            if unsafe String(validatingCString: word) == nil { return "word \(position) of the command line" }
        }
        var position: CInt = 0
        while let entry = unsafe teredo_environment(position) {
            position += 1
            let text = unsafe String(cString: entry)
            guard text.hasPrefix(prefix), unsafe String(validatingCString: entry) == nil else { continue }
            return String(text.prefix { $0 != "=" })
        }
        return nil
    }
}
