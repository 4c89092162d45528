import Foundation
import Testing

@Suite struct LayeringTests {
    /// Target and the modules that it may import, out of scripts/layers.txt.
    static func layers() throws -> [(target: String, modules: Set<String>)] {
        try Project.text("scripts/layers.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            return (String(parts[0]), Set(parts[1].split(separator: " ").map(String.init)))
        }
    }

    /// The module of an import declaration; `nil` for other lines.
    static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"),
            words[..<position].allSatisfy({ $0.hasPrefix("@") || modifiers.contains(String($0)) })
        else { return nil }
        let names = words[(position + 1)...].drop { kinds.contains(String($0)) }
        return names.first.map { String($0.prefix { $0 != "." }) }
    }

    static let modifiers: Set = ["public", "package", "internal", "fileprivate", "private"]
    static let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]

    @Test("Imports follow the arrows of scripts/layers.txt")
    func imports() throws {
        var count = 0
        for (target, modules) in try Self.layers() {
            for file in try Project.swiftFiles(below: "Sources/\(target)") {
                for line in try Project.code(file) {
                    guard let module = Self.importedModule(line.text) else { continue }
                    count += 1
                    #expect(modules.contains(module), "\(file):\(line.number): \(target) must not import \(module)")
                }
            }
        }
        #expect(count > 20, "the search for imports finds nothing any more")
    }

    @Test(
        "Import declarations are recognised",
        arguments: [
            ("import Glibc", "Glibc"), ("public import TeredoWire", "TeredoWire"),
            ("@preconcurrency internal import Foundation", "Foundation"),
            ("import struct Foundation.Date", "Foundation"),
            ("importGlibc()", ""), ("let important = 1", ""), ("// import Foundation", ""),
        ]
    )
    func recognition(line: String, module: String) {
        #expect(Self.importedModule(line) ?? "" == module)
    }

    @Test("Every target is in scripts/layers.txt and the other way round")
    func everyTarget() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Project.root.appendingPathComponent("Sources").path
        )
        let named = try Self.layers().map(\.target)
        #expect(Set(folders).subtracting(["CTeredoLinux", "CTeredoBPF"]) == Set(named))
        #expect(Set(named).count == named.count)
    }

    @Test("No target reaches upwards")
    func noTargetReachesUpwards() throws {
        let layers = Dictionary(uniqueKeysWithValues: try Self.layers().map { ($0.target, $0.modules) })
        func reaches(_ target: String, _ goal: String) -> Bool {
            (layers[target] ?? []).contains { $0 == goal || reaches($0, goal) }
        }
        for target in layers.keys.sorted() { #expect(!reaches(target, target), "\(target) depends on itself") }
        #expect(!reaches("TeredoLinux", "TeredoProtocol"), "the data path does not know the protocol")
        #expect(!reaches("TeredoService", "TeredoSimulator"))
        for pure in ["TeredoWire", "TeredoProtocol", "TeredoSimulator", "TeredoPortMapping"] {
            for module in ["Glibc", "CTeredoLinux", "Foundation", "FoundationEssentials", "Crypto"] {
                #expect(!reaches(pure, module), "\(pure) reaches \(module)")
            }
        }
    }

    @Test(
        "No clock, task or system generator below the driver",
        arguments: ["TeredoWire", "TeredoProtocol", "TeredoSimulator"]
    )
    func determinism(target: String) throws {
        let forbidden = [
            "\\bDate\\(", "\\bContinuousClock\\b", "\\bSuspendingClock\\b", "\\bSystemRandomNumberGenerator\\b",
            "\\bTask\\b", "\\basync\\b", "\\bawait\\b", "\\.random\\(in: [^,]*\\)",
            "\\.(shuffled|shuffle|randomElement)\\(\\)",
        ]
        for file in try Project.swiftFiles(below: "Sources/\(target)") {
            for line in try Project.code(file) {
                for pattern in forbidden {
                    let found = line.text.range(of: pattern, options: .regularExpression)
                    #expect(found == nil, "\(file):\(line.number): \(line.text)")
                }
            }
        }
    }
}
