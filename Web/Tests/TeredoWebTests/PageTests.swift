import Foundation
import Testing

@testable import TeredoWeb

@Suite("The page and the program")
struct PageTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try #require(Site.files[path]).body, as: UTF8.self)
    }

    @Test("The whole page has less than 100 kB")
    func size() {
        #expect(Site.files.values.reduce(0) { $0 + $1.body.count } < 100_000)
    }

    @Test("Nothing stands in the page that the policy forbids, and no other host is named")
    func policy() throws {
        let index = try text("/")
        for forbidden in ["<style", "style=", "onclick", "onload", "javascript:", "http:", "https:", "//"] {
            #expect(!index.contains(forbidden), "\(forbidden) in index.html")
        }
        let style = try text("/page.css")
        #expect(!style.contains("url("))
        let script = try text("/page.js").replacing("http://www.w3.org/2000/svg", with: "")
        for forbidden in [
            "http:", "https:", "innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        ] {
            #expect(!script.contains(forbidden), "\(forbidden) in page.js")
        }
    }

    @Test("teredo-web has the version of teredo")
    func version() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let source = try String(
            contentsOf: root.appending(path: "Sources/TeredoHost/Text/ProgramVersion.swift"),
            encoding: .utf8
        )
        #expect(source.contains("static let text = \"\(WebVersion.text)\""))
    }

    @Test("Command lines")
    func options() throws {
        #expect(try WebOptions.parse([]) == .serve(WebOptions()))
        guard
            case .serve(let options) = try WebOptions.parse([
                "--listen", "[::1]:1", "--listen=127.0.0.1:2", "--host", "a", "--control-socket", "/x/client.sock",
            ])
        else { return }
        #expect(options.listening.map(\.description) == ["[::1]:1", "127.0.0.1:2"])
        #expect(options.names == ["a"])
        #expect(options.paths == ["/x/client.sock"])
        #expect(options.directories.isEmpty)
        #expect(try WebOptions.parse(["--version"]) == .print("1.0.0-dev\n"))
        #expect(WebOptions.help.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test(
        "Command lines that are wrong say what is meant",
        arguments: [
            (["--lisen", "x"], "was --listen meant?"), (["x"], "unknown argument 'x'"), (["--listen"], "needs a value"),
            (["--listen", "localhost"], "give an address and a port"),
            (["--control-socket", "/a b.sock"], "the name of the file"),
        ]
    )
    func wrongOptions(arguments: [String], words: String) {
        #expect { try WebOptions.parse(arguments) } throws: { "\($0)".contains(words) }
    }

    @Test("Every condition has a sentence that ends as sentences do")
    func sentences() {
        let conditions: [RoleCondition] = [
            .unknown, .answers, .silent, .ended(leavingSocket: true), .ended(leavingSocket: false), .notPermitted,
            .rubbish("x"), .refused("x"),
        ]
        for condition in conditions {
            let sentence = condition.sentence(for: "/run/teredo/client.sock")
            #expect(sentence.contains("/run/teredo/client.sock"))
            #expect(sentence.hasSuffix("."))
        }
    }
}
