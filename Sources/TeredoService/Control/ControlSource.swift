/// What a role gives to those who ask on its control socket.
package protocol ControlSource {
    /// The report of the role.
    func status() -> StatusReport
    /// At most `limit` peers; `nil` from a role that has none.
    func peers(limit: Int) -> PeerList?
}
