package import TeredoControl
import TeredoHost

/// The pages behind the verdicts of a check: what each means and what to do.
///
/// docs/remedies.md is printed from here.
package enum RemedyBook {
    /// The page of one verdict, in Markdown that reads well in a terminal.
    package static func page(_ name: CheckProblem.Name) -> String {
        let meaning = WrappedText.lines("\(text(name)) \(consequence(name))")
        let steps = steps(name).flatMap { WrappedText.lines($0, first: "* ", rest: "  ") }
        return (["## \(name.rawValue)", ""] + meaning + [""] + steps).joined(separator: "\n")
    }

    /// All pages as one document.
    package static var document: String {
        """
        # Remedies

        <!-- Written by `teredo check --explain all > docs/remedies.md`; a test holds it to the program. Do not edit. -->

        `teredo check` ends in one named verdict. `works` means that nothing is in the way; every other one has a page
        here, and `teredo check --explain VERDICT` prints it. The exit status is 0 when a Teredo client will work, 1 when
        it will not.

        | verdict | severity | in short |
        | --- | --- | --- |
        \(CheckProblem.Name.allCases.map(row).joined(separator: "\n"))

        \(CheckProblem.Name.allCases.map(page).joined(separator: "\n\n"))
        """
    }

    private static func row(_ name: CheckProblem.Name) -> String {
        let first = text(name).split(separator: ".").first.map(String.init) ?? ""
        let line = first.split(separator: "\n").joined(separator: " ")
        return "| [`\(name.rawValue)`](#\(name.rawValue)) | \(name.severity.rawValue) | \(line) |"
    }

    private static func consequence(_ name: CheckProblem.Name) -> String {
        // The only one that the report itself has to tell: other answers may have been believed.
        guard name != .answerRejected else { return "A client works only if another answer was believed." }
        return switch name.severity {
        case .blocking: "No Teredo client works here until this is solved."
        case .limiting: "A client works all the same."
        case .note: "A client works, and nothing is wrong."
        }
    }

    private static func text(_ name: CheckProblem.Name) -> String { entry(name).text }

    private static func steps(_ name: CheckProblem.Name) -> [String] { entry(name).steps }

    /// What a page says.
    typealias Entry = (text: String, steps: [String])

    private static func entry(_ name: CheckProblem.Name) -> Entry {
        switch name {
        case .ipv6Missing, .ipv6Disabled, .tunMissing, .aaaaSuppressed, .clockWrong, .noPermission, .notQualified,
            .interfaceChanged, .noRelay, .inboundOpen:
            host(name)
        case .resolverSilent, .serverUnresolved, .noRoute, .outboundBlocked, .inboundDropped, .portBlocked, .noServer,
            .serverSilent, .primarySilent, .answerRejected, .secondarySilent, .smallMTU,
            .serverAddressUnusable:
            way(name)
        case .symmetricNAT, .strayMemory, .severalAddresses, .carrierNAT, .doubleNAT, .shortLifetime, .statefulFirewall,
            .portMappingRefused, .noPortMapping, .noHairpinning:
            translator(name)
        }
    }
}
