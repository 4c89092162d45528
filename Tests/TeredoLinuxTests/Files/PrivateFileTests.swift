import Foundation
import Glibc
import Synchronization
import TeredoLinux
import TeredoTestSupport
import Testing

@Suite struct PrivateFileTests {
    @Test("what is no file is not opened, wherever a link leads: a device may do something then")
    func unopened() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pipe = "\(folder)/pipe"
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "pipe")
        // Who opens a pipe for writing waits for somebody who opens it for reading.
        let isOpened = Atomic<Bool>(false)
        let writer = try WorkerThread(name: "writer") {
            let descriptor = unsafe Glibc.open(pipe, O_WRONLY)
            isOpened.store(true, ordering: .relaxed)
            close(descriptor)
        }
        Pause.sleep(.milliseconds(200))
        for path in [pipe, "\(folder)/link", "/dev/null", folder] {
            let error = #expect(throws: PrivateFile.Failure.self) { try PrivateFile(path: path, limit: 100) }
            #expect(error == .notAFile)
        }
        Pause.sleep(.milliseconds(200))
        let wasOpened = isOpened.load(ordering: .relaxed)
        #expect(!wasOpened)
        let reader = unsafe Glibc.open(pipe, O_RDONLY | O_NONBLOCK)
        writer.join()
        close(reader)
    }

    @Test("a file is read as it is, also through a link, with owner and permissions")
    func read() throws {
        let file = try TemporaryFile(contents: "text")
        let link = file.path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        for path in [file.path, link] {
            let read = try PrivateFile(path: path, limit: 4)
            #expect(read.contents == Array("text".utf8) && read.owner == geteuid())
        }
        #expect(throws: PrivateFile.Failure.tooLong(limit: 3)) { try PrivateFile(path: link, limit: 3) }
        #expect(throws: PrivateFile.Failure.system(code: ENOENT)) { try PrivateFile(path: link + "x", limit: 3) }
    }
}
