import Foundation
import Synchronization
import TeredoLinux

/// Something that listens on a control socket and is no role, or none that works.
final class FakeRole: Sendable {
    /// What it does with those who ask.
    enum Manner: String, CaseIterable, Sendable {
        /// Takes the connection and never answers.
        case silent
        /// Closes the connection at once.
        case closing
        /// Answers what is no JSON.
        case rubbish
        /// Answers octets that are no text.
        case binary
        /// Answers JSON of another shape.
        case foreign
        /// Answers the right shape with numbers that nobody counts to.
        case absurd
        /// Ends in the middle of an answer.
        case half
        /// Sends an answer without end.
        case endless
        /// Sends an octet now and then, and never the end of the line.
        case trickling
    }

    /// The control socket, `client.sock` in a folder of its own.
    let path: String
    /// The folder.
    let directory: String
    private let isStopping = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Listens until ``stop()``.
    init(_ manner: Manner) throws {
        directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        path = "\(directory)/client.sock"
        let listener = Listening(try UnixListener(path: path))
        Thread.detachNewThread { [self] in
            listener.serve(manner) { isStopping.load(ordering: .relaxed) }
            hasEnded.signal()
        }
    }

    /// Ends the thread, and removes the folder.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        hasEnded.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A connection with the number of rounds since it was taken.
    private final class Caller {
        let stream: UnixStream
        var rounds = 0

        init(_ stream: consuming UnixStream) {
            self.stream = stream
        }
    }

    /// The listener on its way to the thread that owns it.
    private final class Listening: @unchecked Sendable {
        private var listener: UnixListener

        init(_ listener: consuming UnixListener) {
            self.listener = listener
        }

        func serve(_ manner: Manner, until isOver: () -> Bool) {
            var callers: [Caller] = []
            while !isOver() {
                while let stream = listener.accept() { callers.append(Caller(stream)) }
                callers = callers.filter { Self.isKept($0, manner) }
                usleep(10_000)
            }
        }

        /// Does what the manner says; returns whether the connection goes on.
        private static func isKept(_ caller: Caller, _ manner: Manner) -> Bool {
            caller.rounds += 1
            switch manner {
            case .silent: return true
            case .closing: return false
            case .trickling: return caller.stream.write([0x20]) != nil
            case .endless: return caller.stream.write(Array(repeating: 0x78, count: 65_536)[...]) != nil
            case .rubbish, .binary, .foreign, .absurd, .half:
                if caller.rounds == 1 { _ = caller.stream.write(answer(manner)[...]) }
                return manner != .half || caller.rounds < 5
            }
        }

        private static func answer(_ manner: Manner) -> [UInt8] {
            switch manner {
            case .rubbish: Array("HTTP/1.1 400 Bad Request\r\nServer: none\r\n\r\n".utf8)
            case .binary: [0xFF, 0x00, 0x1B, 0x5B, 0x32, 0x4A, 0x0A]
            case .foreign: Array(#"{"version":2,"result":{"role":"king","peers":"many"}}"#.utf8) + [0x0A]
            case .half: Array(#"{"version":2,"result":{"role":"cli"#.utf8)
            default:
                Array(
                    #"{"version":2,"result":{"peerCount":9223372036854775807,"peers":[{"address":"2001:db8::1","path":"direct","#
                        .utf8
                )
                    + Array(
                        #""endpoint":"192.0.2.1:1","roundTripMilliseconds":1e300,"heardSeconds":-9223372036854775808,"#
                            .utf8
                    )
                    + Array(#""symmetricNAT":false,"extensions":false}],"events":[],"messages":[]}}"#.utf8) + [0x0A]
            }
        }
    }
}
