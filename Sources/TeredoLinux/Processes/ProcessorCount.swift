import Glibc

/// How many processors there are.
package enum ProcessorCount {
    /// Those that are on now, at least 1.
    package static var current: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
