import CTeredoLinux
import Glibc
package import TeredoWire

/// Waits for descriptors, each known by a number of the caller's.
@safe package struct EventLoop: ~Copyable {
    private let epoll: OwnedFileDescriptor
    private let timer: OwnedFileDescriptor
    private var armed: ProtocolInstant?
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 16)

    /// Makes an empty loop.
    package init() throws(SystemError) {
        let epoll = try OwnedFileDescriptor(teredo_epoll_create(), "epoll_create1", "event loop")
        let timer = try OwnedFileDescriptor(teredo_timer(), "timerfd_create", "event loop")
        try Self.add(timer.rawValue, to: epoll.rawValue, token: Self.timerToken)
        self.epoll = epoll
        self.timer = timer
    }

    /// Watches a descriptor for input.
    package func add(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        try Self.add(descriptor, to: epoll.rawValue, token: token)
    }

    private static func add(_ descriptor: CInt, to epoll: CInt, token: UInt64) throws(SystemError) {
        let result = teredo_epoll_change(
            epoll,
            CInt(TEREDO_EPOLL_ADD),
            descriptor,
            UInt32(TEREDO_EPOLL_IN),
            token
        )
        guard result == 0 else { throw SystemError("epoll_ctl", "descriptor \(descriptor)") }
    }

    /// Watches a descriptor that was added for input or not, and for room for output or not; what breaks is always told.
    package func change(_ descriptor: CInt, token: UInt64, input: Bool, output: Bool) {
        let events = (input ? UInt32(TEREDO_EPOLL_IN) : 0) | (output ? UInt32(TEREDO_EPOLL_OUT) : 0)
        _ = teredo_epoll_change(epoll.rawValue, CInt(TEREDO_EPOLL_CHANGE), descriptor, events, token)
    }

    /// Watches a descriptor no more.
    package func remove(_ descriptor: CInt) {
        _ = teredo_epoll_change(epoll.rawValue, CInt(TEREDO_EPOLL_REMOVE), descriptor, 0, 0)
    }

    /// Waits until a descriptor is ready or the deadline of ``MonotonicClock`` passes, and returns how many are ready.
    ///
    /// ``token(_:)`` tells which. Nothing is allocated, because every packet on a quiet line comes by here.
    /// A deadline that passes while the machine sleeps ends the wait when it wakes up.
    package mutating func wait(until deadline: ProtocolInstant?) -> Int {
        var limit: Int64 = -1
        if let deadline, deadline <= MonotonicClock.now { limit = 0 } else { arm(deadline) }
        let count = unsafe Int(teredo_epoll_wait(epoll.rawValue, &events, CInt(events.count), limit))
        for position in 0..<max(count, 0) where token(position) == Self.timerToken {
            armed = nil
            var expirations: UInt64 = 0
            _ = unsafe read(timer.rawValue, &expirations, MemoryLayout.size(ofValue: expirations))
            unsafe events.swapAt(position, count - 1)
            return count - 1
        }
        return max(count, 0)
    }

    /// The token of a ready descriptor, from 0 to the count that ``wait(until:)`` returned last.
    package func token(_ position: Int) -> UInt64 {
        unsafe withUnsafePointer(to: events[position]) { unsafe teredo_event_token($0) }
    }

    /// Sets the timer to a deadline, or stops it.
    private mutating func arm(_ deadline: ProtocolInstant?) {
        guard deadline != armed, teredo_timer_set(timer.rawValue, deadline?.nanoseconds ?? 0) == 0 else { return }
        armed = deadline
    }

    static let timerToken = UInt64.max
}
