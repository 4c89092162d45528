import CTeredoLinux
import Glibc

/// What this process takes of the host's resources at a moment; `nil` stands for what the host does not tell.
package struct ProcessUsage: Hashable, Sendable {
    /// Octets of memory that are resident.
    package var residentOctets: UInt64?
    /// Descriptors that are open.
    package var openDescriptors: Int?
    /// The most descriptors that may be open; `nil` when there is no limit.
    package var descriptorLimit: UInt64?
    /// Time of processors that all threads used together.
    package var processorTime: Duration?

    /// Makes a report out of its parts.
    package init(
        residentOctets: UInt64? = nil,
        openDescriptors: Int? = nil,
        descriptorLimit: UInt64? = nil,
        processorTime: Duration? = nil
    ) {
        self.residentOctets = residentOctets
        self.openDescriptors = openDescriptors
        self.descriptorLimit = descriptorLimit
        self.processorTime = processorTime
    }

    /// What the process takes now.
    package static var current: Self {
        let status = (try? PrivateFile(path: "/proc/self/status", limit: 65_536))?.contents ?? []
        let lines = status.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        return Self(
            residentOctets: number(in: lines, of: "VmRSS:").map { $0 * 1024 },
            openDescriptors: number(in: lines, of: "FDSize:").map { openDescriptors(below: Int($0)) },
            descriptorLimit: currentLimit,
            processorTime: currentTime
        )
    }

    /// What another process takes now, as far as `/proc` tells; `nil` when it is gone.
    package static func ofProcess(_ identifier: Int32) -> Self? {
        guard let status = text(of: "/proc/\(identifier)/status"), let stat = text(of: "/proc/\(identifier)/stat")
        else {
            return nil
        }
        let lines = status.split(separator: "\n").map(String.init)
        // The name of the program, in brackets, may hold anything; behind it state is field 3, and user and system time 14 and 15.
        let fields = stat.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
        let perSecond = max(1, sysconf(CInt(_SC_CLK_TCK)))
        let ticks =
            fields.count > 12 ? UInt64(fields[11]).flatMap { user in UInt64(fields[12]).map { user + $0 } } : nil
        return Self(
            residentOctets: number(in: lines, of: "VmRSS:").map { $0 * 1024 },
            processorTime: ticks.map { .nanoseconds(Int64($0) * 1_000_000_000 / Int64(perSecond)) }
        )
    }

    private static func text(of path: String) -> String? {
        (try? PrivateFile(path: path, limit: 65_536)).map { String(decoding: $0.contents, as: UTF8.self) }
    }

    private static func number(in lines: [String], of key: String) -> UInt64? {
        guard let line = lines.first(where: { $0.hasPrefix(key) }) else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) }
    }

    /// `/proc/self/fd` belongs to root in a process that gave up its privileges; the size of the kernel's table is for all.
    private static func openDescriptors(below size: Int) -> Int {
        (0..<size).count { fcntl(CInt($0), F_GETFD) >= 0 }
    }

    private static var currentLimit: UInt64? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == .max ? nil : UInt64(limit.rlim_cur)
    }

    private static var currentTime: Duration? {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
