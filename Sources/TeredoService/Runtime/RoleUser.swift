import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoSettings

/// The user that a role becomes once it is set up.
struct RoleUser {
    /// The user; `nil` to stay the same.
    let user: SystemUser?
    /// Why root stays root although nobody asked for that, with the remedy; `nil` in all other cases.
    let note: String?

    /// The user that a role of root becomes by default: the one that the package makes.
    static let standard = "teredo"

    /// For a role that stays the user who started it.
    static let same = Self(user: nil, note: nil)

    private init(user: SystemUser?, note: String? = nil) {
        self.user = user
        self.note = note
    }

    /// Finds the user `name` and makes what it lacks of `folders`, where it is to write.
    ///
    /// Without a name root becomes the standard user, if there is one that can write there; the name of root keeps things as they
    /// are. Throws when a user that was named cannot be become, or may not write there.
    init(named name: String?, writing folders: [String]) throws(ServiceError) {
        guard let name else {
            self = SystemUser.isCurrentRoot ? Self.byDefault(writing: folders) : .same
            return
        }
        guard let user = try Self.find(name) else {
            self = .same
            return
        }
        for folder in folders { try Self.provide(folder, for: user) }
        for folder in folders where !user.mayWrite(folder: folder) {
            throw ServiceError("--user \(name): may not write to \(folder)", remedy: Self.gift(folder, to: name))
        }
        self.init(user: user)
    }

    private static func byDefault(writing folders: [String]) -> Self {
        guard let user = try? SystemUser(named: standard), !user.isRoot else {
            return Self(user: nil, note: "there is no user \(standard); make one: \(creation(standard))")
        }
        guard user.isMapped else {
            return Self(user: nil, note: "user \(standard) is not mapped in this user namespace")
        }
        for folder in folders where !isMissing(folder) && !isGiven(folder) && !user.mayWrite(folder: folder) {
            return Self(user: nil, note: "user \(standard) may not write to \(folder); \(gift(folder, to: standard))")
        }
        do throws(ServiceError) {
            for folder in folders { try provide(folder, for: user) }
        } catch {
            return Self(user: nil, note: "\(error)")
        }
        return Self(user: user)
    }

    /// `nil` for root.
    private static func find(_ name: String) throws(ServiceError) -> SystemUser? {
        guard SystemUser.isCurrentRoot else {
            throw ServiceError(
                "--user \(name): only root can become another user",
                remedy: "leave out --user, or run with sudo"
            )
        }
        do {
            let user = try SystemUser(named: name)
            return user.isRoot ? nil : user
        } catch {
            throw ServiceError(
                "--user \(name): \(error.isMissing ? "there is no such user" : error.reason)",
                remedy: "make one: \(creation(name))"
            )
        }
    }

    private static func creation(_ name: String) -> String {
        "sudo useradd --system --no-create-home --shell /usr/sbin/nologin \(name)"
    }

    private static func gift(_ folder: String, to name: String) -> String { "sudo install -d -o \(name) \(folder)" }

    private static func isMissing(_ folder: String) -> Bool { !FileManager.default.fileExists(atPath: folder) }

    /// The standard folder of control sockets has no other purpose.
    private static func isGiven(_ folder: String) -> Bool { folder == ControlSocketPath.directory }

    /// Folders that are missing are made for the user.
    private static func provide(_ folder: String, for user: SystemUser) throws(ServiceError) {
        let isMissing = isMissing(folder)
        guard isMissing || isGiven(folder) && !user.mayWrite(folder: folder) else { return }
        try ServiceError.wrapping { () throws(SystemError) in
            if isMissing { try user.make(folder: folder) } else { try user.own(folder: folder) }
        }
    }
}
