/// All that the load remembers of one client, in 48 octets.
///
/// Times are in milliseconds since the load began, those of sending in microseconds that start over after 71 minutes. Everything
/// else, such as addresses, nonces and what the client is going to do, is computed anew whenever it is needed.
struct ClientRecord: Sendable {
    /// No client, as a link.
    static let none = UInt32.max
    /// No time.
    static let never = UInt32.max
    /// No relay is known.
    static let noRelay = UInt8.max

    /// What a client is about.
    enum State: UInt8, Sendable {
        /// It is not there.
        case absent
        /// It asks the server where it is.
        case soliciting
        /// It asks the secondary address of the server for the same.
        case confirming
        /// It has an address.
        case qualified
    }

    /// What a client waits for besides solicitations.
    enum Talk: UInt8, Sendable {
        case nothing
        case test
        case data
        case bubble

        /// How it is counted.
        var exchange: Exchange? {
            switch self {
            case .nothing: nil
            case .test: .echoTest
            case .data: .data
            case .bubble: .bubble
            }
        }
    }

    /// The neighbours in a slot of the wheel, or the next free record.
    var next = Self.none
    var previous = Self.none
    /// When the session ends.
    var endsAt = Self.never
    /// When to solicit next, or to give up waiting for the answer.
    var controlAt = Self.never
    /// When to talk next, or to give up waiting for the answer.
    var talkAt = Self.never
    var controlSent: UInt32 = 0
    var talkSent: UInt32 = 0
    /// When the relay was heard last.
    var relayHeardAt: UInt32 = 0
    /// The slot of the wheel that the record is in.
    var slot: UInt16 = 0
    /// Which session it is, of those that had this record.
    var session: UInt16 = 0
    /// The number of the last solicitation, and of what was said last besides.
    var controlNumber: UInt16 = 0
    var talkNumber: UInt16 = 0
    /// Which of the relays is the native host's.
    var relay = Self.noRelay
    var state = State.absent
    var talk = Talk.nothing
    private var bits: UInt8 = 0
    /// How many messages are left of the conversation.
    var messagesLeft: UInt8 = 0

    /// Whether a solicitation waits for its answer.
    var isControlPending: Bool {
        get { bits & 0x80 != 0 }
        set { bits = newValue ? bits | 0x80 : bits & 0x7F }
    }

    /// How many solicitations in a row were not answered, up to 7.
    var controlAttempts: UInt8 {
        get { bits & 7 }
        set { bits = bits & ~7 | min(newValue, 7) }
    }

    /// How many echo tests in a row were not answered, up to 7.
    var testAttempts: UInt8 {
        get { bits >> 3 & 7 }
        set { bits = bits & ~0x38 | min(newValue, 7) << 3 }
    }

    /// When something is to be done next.
    var deadline: UInt32 { min(endsAt, controlAt, talkAt) }
}
