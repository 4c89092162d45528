import CTeredoLinux
import Glibc

/// Kills the children that are registered with it when this process ends in any way, SIGKILL included.
///
/// It is a small shell that reads process ids from a pipe and acts when the pipe closes: the kernel closes it when
/// the writer dies. (The parent death signal does not serve: it fires when the *thread* that forked ends.)
package final class ChildGuard: Sendable {
    private static let script = """
        trap '' INT TERM HUP
        pids=' '
        while read -r action pid; do
            case $action in
            add) pids="$pids$pid " ;;
            drop) case $pids in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
            esac
        done
        for pid in $pids; do kill -KILL -"$pid" 2>/dev/null; done
        [ -z "$1" ] || rm -rf -- "$1"
        """

    private let writeEnd: CInt
    private let shell: ChildProcess

    /// Starts the guard; at the end it removes `directory` too, when there is one.
    package init(removing directory: String? = nil) throws(ChildProcessError) {
        var ends: (CInt, CInt) = (-1, -1)
        let code = unsafe withUnsafeMutablePointer(to: &ends) { ends in
            unsafe ends.withMemoryRebound(to: CInt.self, capacity: 2) { unsafe teredo_pipe($0) }
        }
        guard code == 0 else { throw ChildProcessError(program: "pipe", code: errno) }
        writeEnd = ends.1
        do {
            shell = try ChildProcess(["sh", "-c", Self.script, "teredo-child-guard", directory ?? ""], input: ends.0)
        } catch {
            close(ends.0)
            close(ends.1)
            throw error
        }
        close(ends.0)
    }

    deinit {
        close(writeEnd)
        _ = shell.wait(limit: .seconds(2))
    }

    /// From now on `child` and its group are killed when this process ends.
    package func add(_ child: ChildProcess) {
        tell("add \(child.processIdentifier)\n")
    }

    /// `child` has ended: its id may belong to somebody else soon.
    package func drop(_ child: ChildProcess) {
        tell("drop \(child.processIdentifier)\n")
    }

    private func tell(_ line: String) {
        try? DescriptorContents.write(Array(line.utf8), to: writeEnd)
    }
}
