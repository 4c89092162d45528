import CTeredoLinux
import Glibc

/// Waits for descriptors, each known by a number of the caller's.
@safe package struct EventLoop: ~Copyable {
    private let epoll: OwnedFileDescriptor
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 16)

    /// Makes an empty loop.
    package init() throws(SystemError) {
        epoll = try OwnedFileDescriptor(teredo_epoll_create(), "epoll_create1", "event loop")
    }

    /// Watches a descriptor for input.
    package func add(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        let result = teredo_epoll_change(
            epoll.rawValue,
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
    package mutating func wait(until deadline: Int64?) -> [UInt64] {
        let limit = deadline.map { max(0, $0 &- MonotonicClock.nanoseconds) } ?? -1
        let count = unsafe teredo_epoll_wait(epoll.rawValue, &events, CInt(events.count), limit)
        guard count > 0 else { return [] }
        return (0..<Int(count)).map { position in unsafe teredo_event_token(&events[position]) }
    }
}
