import TeredoLinux

/// A connection to the control socket, with the octets of the request that is not complete yet.
final class ControlConnection {
    private let stream: UnixStream
    private var input: [UInt8] = []

    init(_ stream: consuming UnixStream) {
        self.stream = stream
    }

    var descriptor: CInt { stream.descriptor }

    /// Whether root asks, or the user that this process runs as.
    var isPrivileged: Bool { stream.isFromRootOrOwnUser }

    /// Answers the requests that arrived, except for those that are answered later; returns `false` when the connection is of no more use.
    ///
    /// A caller that sends too much, or does not read its answers, is disconnected: the packet loop never waits for it.
    func serve(_ answer: (String) -> String?) -> Bool {
        switch stream.read() {
        case .nothing: return true
        case .closed: return false
        case .octets(let octets): input += octets
        }
        var answered = 0
        while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
            guard end <= ControlProtocol.maximumRequestLength, answered < Self.pipelineLimit else { return false }
            if let line = answer(String(decoding: input[..<end], as: UTF8.self)) {
                guard send(line) == true else { return false }
            }
            input.removeFirst(end + 1)
            answered += 1
        }
        return input.count <= ControlProtocol.maximumRequestLength
    }

    /// Sends a line; returns `nil` when the connection broke, `false` when it does not take it whole.
    func send(_ line: String) -> Bool? {
        let octets = Array((line + "\n").utf8)
        return stream.write(octets[...]).map { $0 == octets.count }
    }

    private static let pipelineLimit = 8
}
