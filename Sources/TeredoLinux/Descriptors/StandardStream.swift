import CTeredoLinux

/// Standard output and standard error, written a line at a time.
package enum StandardStream: CInt, Sendable {
    case output = 1
    case error = 2

    /// The number of rows of the terminal behind the stream; `nil` when there is no terminal.
    package var terminalRows: Int? {
        let rows = teredo_terminal_rows(rawValue)
        return rows < 0 ? nil : Int(rows)
    }

    /// Writes `line` and a newline at once, so that the lines of several threads do not mix.
    ///
    /// What the reader does not take is lost: a closed pipe or a full disk must not stop a service.
    package func write(line: String) {
        DescriptorContents.write(Array((line + "\n").utf8), to: rawValue)
    }
}
