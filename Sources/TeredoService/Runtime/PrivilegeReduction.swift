import FoundationEssentials
package import Logging
package import TeredoHost
package import TeredoLinux
import TeredoSettings

/// Gives up what a role no longer needs once it is set up (SEC-63), and has a crash leave nothing of its memory.
///
/// The thread that changes addresses and routes keeps the capability for that, the threads that only move packets or
/// answer keep none, and nothing that the process runs can regain any.
package struct PrivilegeReduction {
    private let kept: Set<Capability>
    private let user: SystemUser?
    private let group: SystemGroup?
    private let folders: [String]
    private let settingsFile: String?

    /// Prepares the reduction; call it before the role is made, because it makes the folder of the control socket.
    ///
    /// The role writes the files `written` later on, and reads `settingsFile` again. A role that root starts becomes a member of the
    /// group `groupName`: whoever owns a file may give it to a group of his without any capability. Throws when the user `userName`
    /// does not exist, cannot be become, or may not write there.
    package init(
        keeping kept: Set<Capability>,
        userName: String?,
        groupName: String? = nil,
        written: [String],
        settingsFile: String?
    ) throws(ServiceError) {
        self.kept = kept
        self.settingsFile = settingsFile
        folders = written.map(FileRule.folder)
        group = SystemUser.isCurrentRoot ? groupName.flatMap(SystemGroup.init(named:)) : nil
        user = if let userName { try Self.find(userName) } else { nil }
        guard let user else { return }
        for folder in folders { try Self.provide(folder, for: user) }
        for folder in folders where !user.mayWrite(folder: folder) {
            throw ServiceError(
                "--user \(user.name): may not write to \(folder)",
                remedy: "sudo install -d -o \(user.name) \(folder)"
            )
        }
    }

    /// Gives the privileges up; call it when everything is set up.
    package func apply(_ logger: Logger) throws(ServiceError) {
        var kept = kept
        if user == nil, needsOverride { kept.insert(.dacOverride) }
        if let user, let settingsFile, !user.mayRead(file: settingsFile) {
            logger.warning("SIGHUP will not work: user \(user.name) may not read \(settingsFile)")
        }
        // Also where giving up fails; a hook, which was started before, may leave what it likes.
        defer { ProcessPrivileges.hideMemory() }
        let left = kept.filter(\.isEffective).map(\.rawValue).sorted().joined(separator: ", ")
        do {
            try ProcessPrivileges.reduce(to: kept, user: user, group: group)
        } catch {
            // A sandbox may forbid even this; whoever made it has bounded the privileges already.
            guard user != nil || SystemUser.isCurrentRoot else {
                logger.notice("privileges stay as they were at the start: \(error.reason) (\(error.call))")
                return
            }
            throw ServiceError(
                "cannot give up privileges: \(error.subject): \(error.reason) (\(error.call))",
                remedy: user == nil ? "run on Linux 5.8 or later" : "leave out --user: this user is not mapped here"
            )
        }
        let name = user.map { ", user \($0.name)" } ?? ""
        logger.info("privileges kept: \(left.isEmpty ? "none" : left)\(name)")
    }

    /// Root without this capability is refused in folders of other users, where its files may well be.
    private var needsOverride: Bool {
        guard SystemUser.isCurrentRoot else { return false }
        let isFileClosed = settingsFile.map { ProcessPrivileges.readingTakesOverride(file: $0) } ?? false
        return isFileClosed
            || folders.contains { ProcessPrivileges.writingTakesOverride(folder: Self.existingPart(of: $0)) }
    }

    private static func find(_ name: String) throws(ServiceError) -> SystemUser {
        guard SystemUser.isCurrentRoot else {
            throw ServiceError(
                "--user \(name): only root can become another user",
                remedy: "leave out --user, or run with sudo"
            )
        }
        let user: SystemUser
        do {
            user = try SystemUser(named: name)
        } catch {
            throw ServiceError(
                "--user \(name): \(error.isMissing ? "there is no such user" : error.reason)",
                remedy: "make one: sudo useradd --system --no-create-home --shell /usr/sbin/nologin \(name)"
            )
        }
        guard !user.isRoot else {
            throw ServiceError("--user \(name): is root", remedy: "name a user without privileges, or leave it out")
        }
        return user
    }

    /// Folders that are missing are made for the user; the standard one of control sockets has no other purpose.
    private static func provide(_ folder: String, for user: SystemUser) throws(ServiceError) {
        let isMissing = !FileManager.default.fileExists(atPath: folder)
        guard isMissing || folder == ControlSocketPath.directory && !user.mayWrite(folder: folder) else { return }
        try ServiceError.wrapping { () throws(SystemError) in
            if isMissing { try user.make(folder: folder) } else { try user.own(folder: folder) }
        }
    }

    /// A folder that is missing will be made by who may write to the one that it goes to.
    private static func existingPart(of folder: String) -> String {
        var part = folder
        while part != "/", part != ".", !FileManager.default.fileExists(atPath: part) {
            part = FileRule.folder(of: part)
        }
        return part
    }
}
