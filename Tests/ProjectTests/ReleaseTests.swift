import Foundation
import TeredoLinux
import Testing

/// What a release says of itself, wherever it says it.
@Suite struct ReleaseTests {
    private static func script(_ words: String...) throws -> String {
        let path = Project.root.appendingPathComponent("scripts/\(words[0])").path
        let output = try CommandOutput.run([path] + words.dropFirst(), limit: .seconds(30))
        try #require(output.isSuccess, "\(output)")
        return output.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("the version is said in one place, from which packages and documents have it")
    func version() throws {
        let source = try Project.text("Sources/TeredoHost/Text/ProgramVersion.swift")
        let version = String(try #require(source.firstMatch(of: /static let text = "(.+)"/)).1)
        #expect(version.wholeMatch(of: /\d+\.\d+\.\d+(-[a-z0-9.]+)?/) != nil)
        #expect(try Self.script("version") == version)
        // Of two versions that dpkg compares, '~' makes the one before a release the older one.
        #expect(try Self.script("version", "--debian").hasPrefix(version.replacing("-", with: "~")))
        #expect(try Project.text("docs/control.md").contains(#""program":"\#(version)""#))
        let number = version.prefix { $0 != "-" }
        let heading = version == number ? "## [\(number)]" : "## [Unreleased]"
        #expect(try Project.text("CHANGELOG.md").contains("\n\(heading)"))
    }

    @Test("each dependency has its reason in docs/dependencies.md and its licence in the list of contents")
    func dependencies() throws {
        let names = try Project.text("Package.swift").matches(of: /\.package\(url: "[^"]+\/([^"\/]+)"/).map(\.1)
        #expect(names.count >= 3)
        let (reasons, contents) = (try Project.text("docs/dependencies.md"), try Project.text("scripts/sbom"))
        for name in names {
            #expect(reasons.contains("\n| \(name) |"), "\(name)")
            #expect(contents.contains("\n    \"\(name)\": "), "\(name)")
        }
    }

    @Test("purging the Debian package removes each folder that it had made")
    func purge() throws {
        let removed = try Project.text("packaging/debian/teredo.postrm").matches(of: /\n +rm -rf (.+)\n/)
            .flatMap { $0.1.split(separator: " ") }
        let made = try Project.text("packaging/tmpfiles/teredo.conf").split(separator: "\n")
            .filter { $0.hasPrefix("d ") }.map { $0.split(separator: " ")[1] }
        // What is in another of them goes with it.
        let outer = made.filter { one in !made.contains { one.hasPrefix("\($0)/") } }
        #expect(outer.count == 3)
        #expect(Set(removed) == Set(outer + ["/etc/teredo"]))
    }

    @Test("the Debian package takes the place of Miredo, and offers its settings")
    func miredo() throws {
        let control = try Project.text("packaging/debian/control")
        for field in ["Conflicts", "Replaces", "Provides"] {
            #expect(control.contains("\n\(field): miredo, miredo-server\n"), "\(field)")
        }
        // /bin/kill of the units is not in every Debian.
        #expect(control.contains("\nDepends: procps, "))
        let installed = try Project.text("packaging/debian/teredo.postinst")
        for file in ["/etc/miredo.conf", "/etc/miredo-server.conf"] { #expect(installed.contains(" \(file) ")) }
        #expect(installed.contains("teredo config import-miredo $file"))
    }
}
