import ArgumentParser
import Logging
import TeredoHost
import TeredoLinux
import TeredoService
import TeredoSettings

/// A command that runs a role until a signal ends it.
protocol RoleCommand: ParsableCommand {
    associatedtype Driver: RoleDriver

    var common: CommonOptions { get }

    /// What the options say, with what they refer to read from its files.
    func settings() throws -> Driver.Configuration
}

extension RoleCommand {
    /// How many descriptors a role needs: some 25 of its own while it finds out about the NAT and looks names up, 16 connections of
    /// its control socket, and the sockets of a port mapper.
    private static var descriptorNeed: UInt64 { 64 }

    /// Makes the role, gives up the privileges that it needs no more, and runs it; SIGHUP changes what can change meanwhile.
    func run(_ start: RoleStart) throws {
        if let count = DescriptorLimit.provide(Self.descriptorNeed) {
            throw ServiceError(
                "this process may open \(count) files and sockets only, and a role needs \(Self.descriptorNeed)",
                remedy: "raise the limit: ulimit -n \(Self.descriptorNeed); for a unit LimitNOFILE="
            )
        }
        let settings = try settings()
        weak var driver: Driver?
        let log = common.log
        let writer = LogWriter(log)
        defer { writer.flush() }
        let logger = Logger.ofRole(start.settings.role.rawValue, control: log, writer: writer)
        let running = common.running(start, log: log) { command in
            guard let driver, let fresh = command as? Self else { return SettingsAdoption() }
            return try driver.adopt(try fresh.settings())
        }
        let reduction = try common.privilegeReduction(
            keeping: settings.keptCapabilities,
            writing: settings.writtenFiles,
            reading: start.settings.files,
            joining: settings.joinedGroup
        )
        let made: Driver
        do {
            made = try Driver(settings, logger: logger)
        } catch {
            reduction.takeBackFolders()
            throw error
        }
        driver = made
        made.follow(running)
        try reduction.apply(logger)
        if let confinement = common.confinement(of: settings, reading: start.settings.files) {
            confinement.apply(logger)
        } else {
            logger.warning("not confined: --no-confinement was given")
        }
        try made.run()
    }
}
