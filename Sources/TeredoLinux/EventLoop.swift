import CTeredoLinux
import Glibc

/// Waits for descriptors, each known by a number of the caller's.
@safe package struct EventLoop: ~Copyable {
    private let epoll: OwnedFileDescriptor
    private let timer: OwnedFileDescriptor
    private var armed: Int64 = 0
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

    /// Watches a descriptor no more.
    package func remove(_ descriptor: CInt) {
        _ = teredo_epoll_change(epoll.rawValue, CInt(TEREDO_EPOLL_REMOVE), descriptor, 0, 0)
    }

    /// Waits until a descriptor is ready or the deadline of ``MonotonicClock`` passes, and returns the ready tokens.
    ///
    /// A deadline that passes while the machine sleeps ends the wait when it wakes up.
    package mutating func wait(until deadline: Int64?) -> [UInt64] {
        var limit: Int64 = -1
        if let deadline, deadline <= MonotonicClock.nanoseconds { limit = 0 } else { arm(deadline ?? 0) }
        let count = unsafe teredo_epoll_wait(epoll.rawValue, &events, CInt(events.count), limit)
        guard count > 0 else { return [] }
        return (0..<Int(count)).map { position in unsafe teredo_event_token(&events[position]) }.filter { token in
            guard token == Self.timerToken else { return true }
            armed = 0
            var expirations: UInt64 = 0
            _ = unsafe read(timer.rawValue, &expirations, 8)
            return false
        }
    }

    private mutating func arm(_ deadline: Int64) {
        guard deadline != armed, teredo_timer_set(timer.rawValue, deadline) == 0 else { return }
        armed = deadline
    }

    private static let timerToken = UInt64.max
}
