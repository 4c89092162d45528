import FoundationEssentials
import TeredoLinux
package import TeredoWire

/// The TUN interface behind which all clients of a load are: what they send is written to it, and what is for them comes out.
///
/// It vanishes with this process.
package final class LoadInterface {
    /// How the interface is called.
    package static let name = "teredo-load"
    // Enough for what comes in while the clients' process does not run: what is dropped here looks like a loss elsewhere.
    private static let queueLength = 50_000

    private let device: TUNDevice
    private let batch: ReceiveBatch
    private let command: ([String]) throws -> CommandOutput

    /// Makes the interface in the namespace of this process and routes `prefix` to it.
    package convenience init(prefix: IPv4Prefix) throws {
        try self.init(Self.open(), prefix) { try CommandOutput.run($0, limit: .seconds(10)) }
    }

    /// Makes the interface in another namespace and routes `prefix` to it.
    convenience init(prefix: IPv4Prefix, in namespace: KernelNamespace) throws {
        let device = try TUNDevice(
            name: Self.name,
            inNamespaceAt: "/proc/\(namespace.processIdentifier)/ns/net"
        )
        try self.init(device, prefix) { try namespace.run($0) }
    }

    private static func open() throws(SystemError) -> TUNDevice {
        do {
            return try TUNDevice(name: name)
        } catch {
            guard error.isBusy else { throw error }
            // There is one name, as there is one prefix of clients.
            throw SystemError(
                error.call,
                error.subject,
                code: error.code,
                remedy: "one 'teredo load --server' runs at a time: wait for the other, or end it"
            )
        }
    }

    private init(
        _ device: consuming TUNDevice,
        _ prefix: IPv4Prefix,
        command: @escaping ([String]) throws -> CommandOutput
    ) throws {
        self.device = device
        self.command = command
        batch = try ReceiveBatch(capacity: 64, slotLength: 2048)
        try run(["ip", "link", "set", "dev", Self.name, "txqueuelen", "\(Self.queueLength)", "up"])
        try run(["ip", "-4", "route", "add", "\(prefix)", "dev", Self.name])
    }

    private func run(_ words: [String]) throws {
        let output = try command(words)
        guard output.isSuccess else {
            throw LabError.commandFailed(command: words.joined(separator: " "), detail: output.error)
        }
    }

    /// The descriptor, for the event loop.
    var descriptor: CInt { device.descriptor }

    /// Writes a packet; `false` when the kernel did not take it.
    func write(_ packet: Span<UInt8>) -> Bool { device.queue.write(packet) }

    /// Reads some packets and gives each of IPv4 to `body`; returns how many there were.
    ///
    /// Those of IPv6 are the kernel's own: it looks for neighbours and routers on any interface.
    func read(_ body: (Span<UInt8>) -> Void) -> Int {
        guard device.queue.read(into: batch) else { return 0 }
        for index in 0..<batch.count {
            batch.withOctets(index) { packet in if packet.isEmpty || packet[0] >> 4 != 6 { body(packet) } }
        }
        return batch.count
    }

    /// How many packets for clients the interface dropped because its queue was full; `nil` when that is not known.
    func dropped() -> UInt64? {
        struct Link: Decodable {
            struct Statistics: Decodable {
                struct Direction: Decodable { let dropped: UInt64 }
                let tx: Direction
            }
            let stats64: Statistics
        }
        guard let output = try? command(["ip", "-j", "-s", "link", "show", "dev", Self.name]), output.isSuccess else {
            return nil
        }
        return try? JSONDecoder().decode([Link].self, from: Data(output.output.utf8)).first?.stats64.tx.dropped
    }
}
