import Glibc

/// The interfaces of this network namespace.
package enum NetworkInterface {
    /// The index of an interface; `nil` when there is none of this name.
    package static func index(named name: String) -> Int32? {
        let index = unsafe if_nametoindex(name)
        return index == 0 ? nil : Int32(index)
    }
}
