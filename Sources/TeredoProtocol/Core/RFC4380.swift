/// The numbers of RFC 4380 and of its companions, with their sections; every one of them stands here only.
public enum RFC4380 {
    /// T: how long a client waits for the answer to a solicitation (section 5.2.1).
    public static let solicitationTimeout = Duration.seconds(4)
    /// N: how many solicitations are sent in one phase (section 5.2.1).
    public static let solicitationLimit = 3
    /// The default refresh interval (section 5.2.5).
    public static let refreshInterval = Duration.seconds(30)
    /// The range of the randomised refresh interval in percent of the interval (section 5.2.5).
    public static let refreshRandomization = 75...100
    /// How long a peer stays valid after the last reception (section 5.2.4).
    public static let peerValidity = Duration.seconds(30)
    /// How long a peer found by local discovery is remembered as local (section 5.2.4, case 3).
    public static let localPeerMemory = Duration.seconds(600)
    /// The least time between two bubble decisions for one peer (section 5.2.6).
    public static let bubbleSpacing = Duration.seconds(2)
    /// How many bubbles may go to a peer that does not answer within ``bubbleWindow`` (section 5.2.6).
    public static let bubbleLimit = 4
    /// The window of ``bubbleLimit`` (section 5.2.6).
    public static let bubbleWindow = Duration.seconds(300)
    /// The pause before a bubble or an echo test is repeated (sections 5.2.4 and 5.4.1).
    public static let retryInterval = Duration.seconds(2)
    /// How many times bubble or echo are sent in all: once and up to three repeats (sections 5.2.4 and 5.2.9).
    public static let attemptLimit = 4
    /// How long an exchange takes at most: all attempts, each with its pause.
    public static let exchangeTime = retryInterval * attemptLimit
    /// The range of the local discovery interval (section 5.2.8), in seconds.
    public static let discoveryInterval = 200...300
    /// How long the nonce of a connectivity test is good (SEC-08).
    public static let echoNonceLifetime = Duration.seconds(30)
    /// The largest refresh interval that the interval determination tries (section 5.2.7).
    public static let maximumRefreshInterval = Duration.seconds(120)
    /// The most ICMPv6 errors per second that a node sends (SEC-47).
    public static let icmpv6ErrorsPerSecond = 10
}
