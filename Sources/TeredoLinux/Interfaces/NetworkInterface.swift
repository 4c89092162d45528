import CTeredoLinux
import TeredoWire

/// An interface of a network namespace, by name and index.
package struct NetworkInterface: Hashable, Sendable {
    /// The name.
    package let name: String
    /// The index.
    package let index: Int32

    /// Names an interface.
    package init(name: String, index: Int32) {
        self.name = name
        self.index = index
    }

    /// The index of an interface of this network namespace; `nil` when there is none of this name.
    package static func index(named name: String) -> Int32? {
        let index = unsafe teredo_index_of_interface(name)
        return index == 0 ? nil : index
    }

    /// Waits until there is no interface of this name, but for `limit` at most: one goes a moment after its last descriptor.
    package static func waitForEnd(of name: String, upTo limit: Duration) {
        let deadline = MonotonicClock.now + limit
        while index(named: name) != nil, MonotonicClock.now < deadline { Pause.sleep(.milliseconds(5)) }
    }
}
