/// Why a role cannot be asked.
package enum ControlFault: Error, Hashable, Sendable {
    /// Nobody listens: the role ended, and whether it left its socket behind.
    case ended(leavingSocket: Bool)
    /// The socket is not for the user of this program.
    case notPermitted
    /// The role took too long.
    case silent
    /// What came is not the control protocol.
    case rubbish(String)
    /// The role refused the request: its code and sentence.
    case refused(code: String, message: String)
    /// The system did not let us, in its words.
    case system(String)
}
