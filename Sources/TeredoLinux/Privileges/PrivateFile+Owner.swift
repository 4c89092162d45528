import Glibc

extension PrivateFile {
    /// Whether it belongs to root, to the user of this process, or to the user of this name, if there is one.
    package func isOwned(byUserNamed name: String?) -> Bool {
        if owner == 0 || owner == geteuid() { return true }
        guard let name, let user = try? SystemUser(named: name) else { return false }
        return owner == user.userIdentifier
    }
}
