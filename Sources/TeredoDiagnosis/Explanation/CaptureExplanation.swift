package import TeredoExplanation
package import TeredoHost
import TeredoLinux

/// Explains a capture file from its beginning to its end, or to where it is damaged.
package struct CaptureExplanation {
    /// How it came to its end.
    package struct Outcome {
        /// What the file comes to, as far as it could be read.
        package let summary: CaptureSummary
        /// The format of the file; `nil` when it is none that can be read.
        package let format: String?
        /// What is wrong with the file.
        package let error: CaptureFileError?
    }

    private let path: String
    private let options: CaptureExplainer.Options

    /// The explanation of the file at `path`, or of standard input for '-'.
    package init(of path: String, _ options: CaptureExplainer.Options) {
        self.path = path
        self.options = options
    }

    /// Reads the file; `tell` is told of each packet as soon as it is read, and says whether it wants more.
    package func run(tell: (PacketNote) throws -> Bool) throws -> Outcome {
        let file = try open()
        var decoder = CaptureDecoder()
        var explainer = CaptureExplainer(options)
        var error: CaptureFileError?
        var goesOn = true
        do {
            while goesOn {
                let octets = try read(file)
                guard !octets.isEmpty else {
                    // Whoever ends it with Control-C does not want to hear that the end is missing.
                    if !Interruption.isRequested { try decoder.finish() }
                    break
                }
                decoder.append(octets[...])
                while goesOn, let packet = try decoder.next() {
                    if let note = explainer.explain(packet) { goesOn = try tell(note) }
                }
            }
        } catch let fault as CaptureFileError {
            error = fault
        }
        let name = path == "-" ? "standard input" : String(path.split(separator: "/").last ?? "")
        return Outcome(summary: explainer.summary(title: name), format: decoder.formatName, error: error)
    }

    /// The error that a damaged file ends with.
    package func failure(_ error: CaptureFileError) -> ServiceError {
        ServiceError("\(path == "-" ? "standard input" : path): \(error)", remedy: error.remedy)
    }

    private func open() throws(ServiceError) -> InputFile {
        let file = try openPath()
        guard !file.isTerminal else {
            throw ServiceError(
                "standard input is a terminal",
                remedy: "give a file, or send a capture here: 'tcpdump -w - udp | teredo explain -'"
            )
        }
        return file
    }

    private func openPath() throws(ServiceError) -> InputFile {
        do {
            return try InputFile(path: path)
        } catch {
            throw unreadable(error)
        }
    }

    private func read(_ file: borrowing InputFile) throws(ServiceError) -> [UInt8] {
        do {
            return try file.read { !Interruption.isRequested }
        } catch {
            throw unreadable(error)
        }
    }

    private func unreadable(_ error: SystemError) -> ServiceError {
        ServiceError(
            "\(path == "-" ? "standard input" : path): \(error.reason)",
            remedy: "give a capture file that you may read"
        )
    }
}
