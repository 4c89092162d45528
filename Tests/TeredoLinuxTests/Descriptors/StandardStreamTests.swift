import Foundation
import TeredoLinux
import Testing

@Suite("Where standard error leads")
struct StandardStreamTests {
    @Test("only the very socket that JOURNAL_STREAM names is the journal")
    func journal() {
        var status = stat()
        unsafe fstat(2, &status)
        let own = "\(status.st_dev):\(status.st_ino)"
        #expect(StandardStream.error.isJournal(own))
        for other in [nil, "", "\(status.st_dev):\(status.st_ino + 1)", "\(status.st_ino)", own + "0"] {
            #expect(!StandardStream.error.isJournal(other))
        }
    }
}
