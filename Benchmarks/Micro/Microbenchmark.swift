import ArgumentParser

/// Times the work that our own code does per packet, without the kernel.
@main
struct Microbenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teredo-microbenchmark",
        abstract: "Time what the program itself does per packet, without the kernel.",
        discussion: "Names:\n"
            + Catalogue.entries.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n")
    )

    @Argument(help: ArgumentHelp("What to time (default: everything).", valueName: "name"))
    var names: [String] = []

    @Option(help: ArgumentHelp("The number of operations that are timed.", valueName: "count"))
    var iterations = 1_000_000

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...1_000_000_000).contains(iterations) else {
            throw ValidationError("--iterations: '\(iterations)' is not between 1 and 1000000000")
        }
        for name in names where Catalogue.entry(named: name) == nil {
            let known = Catalogue.entries.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no '\(name)'; there are \(known)")
        }
    }

    func run() throws {
        let chosen = names.isEmpty ? Catalogue.entries : names.compactMap(Catalogue.entry(named:))
        var objects: [String] = []
        for entry in chosen {
            let measurement = try entry.measure(iterations)
            let tenths = Int((measurement.nanosecondsPerOperation * 10).rounded())
            let nanoseconds = "\(tenths / 10).\(tenths % 10)"
            if json {
                objects.append(
                    #"{"name": "\#(entry.name)", "iterations": \#(iterations), "nanoseconds": \#(nanoseconds), "#
                        + #""checksum": \#(measurement.checksum)}"#
                )
            } else {
                let padding = String(repeating: " ", count: max(1, 20 - entry.name.count))
                print("\(entry.name)\(padding)\(nanoseconds) ns  \(entry.summary)")
            }
        }
        if json { print("[\n" + objects.joined(separator: ",\n") + "\n]") }
    }
}
