import Foundation
import TeredoProtocol
import Testing

@testable import TeredoSettings

/// The table is the only place where settings are described: everything else is held to it.
@Suite("Table of settings")
struct SettingTableTests {
    @Test(
        "each role has a key once, each default is allowed, and each setting is in the table",
        arguments: Role.allCases
    )
    func consistent(role: Role) {
        #expect(Set(role.settings.map(\.key)).count == role.settings.count)
        for setting in role.settings {
            if let value = setting.defaultValue { #expect(setting.kind.accepts(value), "\(setting.key)") }
            #expect(setting.isRequired || setting.kind.accepts(setting.example), "\(setting.key)")
        }
        for setting in Setting.longLived { #expect(Setting.all.contains(setting), "\(setting.key)") }
    }

    @Test(
        "docs/configuration.md lists what changes at once, no more and no less",
        arguments: [Role.client, .server, .relay, .hostRelay]
    )
    func documented(role: Role) throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## SIGHUP\n").dropFirst().first)
        var words: Set<String> = []
        for name in ["all", role.rawValue] {
            let row = try #require(section.split(separator: "\n").first { $0.hasPrefix("| \(name) |") })
            let parts = row.components(separatedBy: "`")
            words.formUnion(parts.indices.filter { !$0.isMultiple(of: 2) }.map { parts[$0] })
        }
        #expect(words.intersection(role.settings.map(\.key)) == Set(role.settingsAtOnce.map(\.key)))
    }

    @Test("a gateway changes at once what its server and its relay can")
    func gateway() {
        let parts = Role.server.settingsAtOnce.union(Role.relay.settingsAtOnce)
        #expect(Role.gateway.settingsAtOnce == parts)
    }

    @Test("auto takes everything over with its next role but what privileges depend on, and what it decides by at once")
    func auto() {
        let kept: Set<Setting> = [
            .interface, .bind, .stateFile, .dataPath, .hook, .controlSocket, .controlGroup, .user,
            .confinement, .defaultRoute, .route, .routingTable,
        ]
        #expect(Setting.deciding.allSatisfy { $0.roles == [.auto] && $0.change == .atOnce })
        #expect(Role.auto.settingsWithoutRestart == Set(Role.auto.settings).subtracting(kept))
        let roles = Role.client.settingsAtOnce.union(Role.hostRelay.settingsAtOnce)
        #expect(Role.auto.settingsWithoutRestart.isSuperset(of: roles))
    }

    @Test("a number is checked against the range of the table, wherever it comes from", arguments: Setting.all)
    func ranges(setting: Setting) throws {
        guard case .integer(let range) = setting.kind else { return }
        for number in [range.lowerBound, range.upperBound] {
            try setting.validate(number)
            #expect(setting.kind.accepts("\(number)"))
        }
        for number in [range.lowerBound - 1, range.upperBound + 1] {
            let error = #expect(throws: ConfigurationError.self) { try setting.validate(number) }
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            #expect(error?.description.hasPrefix("--\(setting.key): \(number) is outside \(bounds)") == true)
            #expect(!setting.kind.accepts("\(number)"))
        }
        #expect(setting.help.hasSuffix(" From \(range.lowerBound) to \(range.upperBound)."))
    }

    @Test("the defaults are those of the machines")
    func defaults() {
        let client = ClientServiceConfiguration(server: .name("teredo.example.org"))
        #expect(Setting.refreshInterval.defaultValue == "30" && client.client.refreshInterval == .seconds(30))
        #expect(Setting.serverCheckInterval.defaultValue == "3" && client.client.serverCheckInterval == .seconds(3))
        #expect(Setting.workers.defaultValue == "\(client.tunnel.workers)")
        #expect(Setting.peerLimit.defaultValue == "\(RelayServiceConfiguration(role: .relay).peerLimit)")
        #expect(Setting.transitRate.defaultValue == "10000" && Setting.transitTotalRate.defaultValue == "1000000")
    }
}
