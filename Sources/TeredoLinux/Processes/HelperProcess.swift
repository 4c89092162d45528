import CTeredoLinux
import Glibc

/// What a process does that serves another one of this program with privileges that the other lacks.
package enum HelperProcess {
    /// Takes a name of at most 15 octets, is there until the other one has gone, and lets nobody look into it.
    package static func prepare(name: String) {
        unsafe teredo_name_thread(name)
        // A service manager and a terminal tell all processes at once to end; the other one still has something to say.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE] { signal(number, SIG_IGN) }
        forbidTracing()
    }

    /// Lets nobody look into the process; call it again after a change of privileges.
    ///
    /// Or the same user could, without these privileges, take control of it (ptrace(2)).
    package static func forbidTracing() { teredo_forbid_tracing() }
}
