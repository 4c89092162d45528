/// Standard error, written a line at a time: for what people are told beside the output of a command.
package enum StandardStream: CInt, Sendable {
    case error = 2

    /// Writes `line` and a newline at once, so that the lines of several threads do not mix.
    ///
    /// What the reader does not take is lost: a closed pipe or a full disk must not stop a service. There is nobody else to tell.
    package func write(line: String) {
        try? DescriptorContents.write(Array((line + "\n").utf8), to: rawValue)
    }
}
