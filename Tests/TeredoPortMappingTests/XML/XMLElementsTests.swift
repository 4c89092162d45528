import Testing

@testable import TeredoPortMapping

struct XMLElementsTests {
    @Test(
        "the text of an element is found however it is written",
        arguments: [
            "<name>text</name>", "<d:name>text</d:name>", "<NAME>text</NAME>", "<name a='b' c=\"d>e\">text</name>",
            "<name >text</name >", "<name\n>text</name\t>", "< name>text</ name>", "<name>\r\n text \t</name>",
            "<name><![CDATA[text]]></name>", "<name>te<![CDATA[x]]>t</name>",
            "<name>te<!-- <name>no</name> -->xt</name>",
            "<name>&#116;&#x65;xt</name>", "<!DOCTYPE r [<!ENTITY a \"<name>no</name>\">]><r><name>text</name></r>",
            "<!-- <name>no</name> --><name>text</name>", "<?xml a=\"<name>no</name>\"?><name>text</name>",
            "<name/><name>text</name>", "<other>no</other><name>text</name>", "<named>no</named><name>text</name>",
            "\u{FEFF}<name>text</name>", "<name>text", "<a b=\"><name>text</name>",
        ]
    )
    func texts(document: String) {
        let found = XMLElements.texts(["absent", "name"], in: Array(document.utf8))
        #expect(found[0] == nil)
        // Without its closing tag an element has no text.
        #expect(found[1] == (document.hasSuffix("<name>text") ? nil : "text"))
    }

    @Test("entities are replaced once, and only those that there are")
    func entities() {
        let text = "<a>&lt;&amp;lt;&gt;&quot;&apos;&unknown;&#0;&#xD800;&#x1F600;& &#99999999;&amp</a>"
        #expect(
            XMLElements.texts(["a"], in: Array(text.utf8))[0]
                == "<&lt;>\"'&unknown;\u{0}&#xD800;\u{1F600}& &#99999999;&amp"
        )
        #expect(XMLElements.texts(["a"], in: Array("<a><![CDATA[&lt;]]></a>".utf8))[0] == "&lt;")
    }

    @Test("documents in UTF-16 are read too")
    func utf16() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>b</a>"
        let big: [UInt8] = [0xFE, 0xFF] + text.utf8.flatMap { [0, $0] as [UInt8] }
        let little: [UInt8] = [0xFF, 0xFE] + text.utf8.flatMap { [$0, 0] as [UInt8] }
        #expect(XMLElements.texts(["a"], in: big) == ["b"] && XMLElements.texts(["a"], in: little) == ["b"])
    }

    @Test("SEC-37: a text is cut at 2048 octets")
    func limit() {
        let text = "<a>" + String(repeating: "b", count: 5000) + "</a>"
        #expect(XMLElements.texts(["a"], in: Array(text.utf8))[0]?.utf8.count == 2048)
    }
}
