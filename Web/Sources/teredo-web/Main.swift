import Glibc
import TeredoWeb

/// The command.
@main
struct Main {
    // As sysexits.h has them, and `teredo` likewise.
    private static let usage: Int32 = 64
    private static let failure: Int32 = 1

    static func main() async {
        // Whoever is gone is noticed when something is written to him.
        _ = signal(SIGPIPE, SIG_IGN)
        do throws(WebOptions.Problem) {
            switch try WebOptions.parse(Array(CommandLine.arguments.dropFirst())) {
            case .print(let text):
                write(text, to: STDOUT_FILENO)
            case .serve(let options):
                do throws(WebOptions.Problem) {
                    try await WebProgram.run(options) { write("teredo-web: \($0)\n", to: STDERR_FILENO) }
                } catch {
                    write("teredo-web: \(error)\n", to: STDERR_FILENO)
                    exit(failure)
                }
            }
        } catch {
            write("teredo-web: \(error)\n", to: STDERR_FILENO)
            exit(usage)
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { exit(failure) }
            rest = rest.dropFirst(count)
        }
    }
}
