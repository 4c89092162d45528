/// A program attached to an interface; it is detached when this value or the process goes away.
package final class BPFLink: Sendable {
    private let owned: OwnedFileDescriptor

    init(_ owned: consuming OwnedFileDescriptor) {
        self.owned = owned
    }
}
