import TeredoLinux
import Testing

@Suite struct TerminalTraitsTests {
    @Test(
        "The first locale that is set tells whether there is more than ASCII, and so what stands where something was cut off",
        arguments: [
            ([:], false), (["LANG": "en_US.UTF-8"], true), (["LANG": "C.utf8"], true),
            (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false), (["LC_CTYPE": "C.UTF-8", "LANG": "C"], true),
            (["LC_ALL": "", "LANG": "en_US.UTF-8"], true), (["LANG": "de_DE.ISO-8859-1"], false),
            (["LANG": "de_DE.utf8"], true), (["LANG": "de_DE.UTF-8@euro"], true),
            (["LC_ALL": "", "LC_CTYPE": "en_US.UTF-8"], true), (["LC_CTYPE": "POSIX", "LANG": "C.UTF-8"], false),
        ] as [([String: String], Bool)]
    )
    func locale(environment: [String: String], isUnicode: Bool) {
        let traits = TerminalTraits { environment[$0] }
        #expect(traits.isUnicode == isUnicode && traits.ellipsis == (isUnicode ? "…" : "~"))
    }

    @Test("Without a terminal there are 80 columns, no end of rows and no colours")
    func none() {
        let traits = TerminalTraits()
        #expect(traits.columns == 80 && traits.rows == nil && !traits.isColored && !traits.isScreen)
    }
}
