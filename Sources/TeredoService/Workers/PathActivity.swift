import Synchronization
import TeredoLinux

/// When one worker last used each path, in nanoseconds: the worker writes, the driver reads.
@safe final class PathActivity: @unchecked Sendable {
    private let memory: ZeroedMemory
    private let times: UnsafeMutablePointer<Atomic<Int64>>

    /// Makes notes for a table of `capacity` slots.
    init(capacity: Int) throws(ServiceError) {
        memory = try ServiceError.wrapping { () throws(SystemError) in try ZeroedMemory(count: capacity * 16) }
        unsafe times = memory.base.bindMemory(to: Atomic<Int64>.self, capacity: capacity * 2)
    }

    /// Notes a reception.
    func received(_ slot: Int, at time: Int64) { unsafe times[slot * 2].store(time, ordering: .relaxed) }

    /// Notes a transmission.
    func sent(_ slot: Int, at time: Int64) { unsafe times[slot * 2 + 1].store(time, ordering: .relaxed) }

    /// When the last packet came in; 0 for never.
    func lastReception(_ slot: Int) -> Int64 { unsafe times[slot * 2].load(ordering: .relaxed) }

    /// When the last packet went out; 0 for never.
    func lastTransmission(_ slot: Int) -> Int64 { unsafe times[slot * 2 + 1].load(ordering: .relaxed) }
}
