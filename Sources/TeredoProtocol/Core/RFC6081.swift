/// The numbers of RFC 6081; every one of them stands here only.
public enum RFC6081 {
    /// How often a connection on a random port is refreshed while no data flows (section 5.4.4.5).
    public static let peerRefreshInterval = Duration.seconds(30)
    /// How many such refreshes in a row are sent (section 5.4.4.5).
    public static let peerRefreshLimit = 20
    /// How many echo tests are made for one contact (section 5.5.4.2).
    public static let echoTestLimit = 2
    /// How many neighbour discovery solicitations are sent before the server is asked too (section 5.7.4.2).
    public static let solicitationLimit = 3
    /// How many alternate endpoints a bubble may list (section 4.3).
    public static let alternateLimit = 4
    /// How many of its own endpoints a client lists (SEC-22).
    public static let ownAlternateLimit = 2
    /// How many wrong nonces are taken from one peer before its bubbles are ignored (SEC-13).
    public static let wrongNonceLimit = 16
    /// For how long they are ignored (SEC-13).
    public static let wrongNoncePenalty = Duration.seconds(30)
}
