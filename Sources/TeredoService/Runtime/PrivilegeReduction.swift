import FoundationEssentials
package import Logging
package import TeredoHost
package import TeredoLinux
import TeredoSettings

/// Gives up what a role no longer needs once it is set up (SEC-63), and has a crash leave nothing of its memory.
///
/// Addresses, routes, filters and programs in the kernel are the matter of another process (``HostProcess``). Nothing that this one runs
/// can regain any privilege.
package struct PrivilegeReduction {
    private let kept: Set<Capability>
    private let choice: RoleUser
    private let group: SystemGroup?
    private let folders: [String]
    private let settingsFiles: [String]
    /// The folders that were missing and may have been made, the deepest of each first.
    private let missing: [String]

    /// Prepares the reduction; call it before the role is made, because it makes the folders of what the role writes.
    ///
    /// The role writes the files `written` later on, and reads `settingsFiles` again. A role that root starts becomes a member of the
    /// group `groupName`: whoever owns a file may give it to a group of his without any capability. It becomes the user `userName`, by
    /// default the standard one if that can write what the role must: what it reads was read before. Throws when a user that was named does not exist, cannot be become,
    /// or may not write there.
    package init(
        keeping kept: Set<Capability>,
        userName: String?,
        groupName: String? = nil,
        written: [String],
        settingsFiles: [String]
    ) throws(ServiceError) {
        self.kept = kept
        self.settingsFiles = settingsFiles
        folders = written.map(FileRule.folder)
        group = SystemUser.isCurrentRoot ? groupName.flatMap(SystemGroup.init(named:)) : nil
        missing = folders.flatMap(Self.missingFolders)
        choice = try RoleUser(named: userName, writing: folders)
        folders.forEach(Self.make)
    }

    /// Prepares to give up everything, and to stay the user who started the role.
    package init(written: [String]) {
        (kept, choice, group, settingsFiles) = ([], .same, nil, [])
        folders = written.map(FileRule.folder)
        missing = []
    }

    /// Removes the folders that were made, as far as nothing is in them: for a role that does not start after all.
    package func takeBackFolders() { missing.forEach(EmptyFolder.remove) }

    /// The folder and those above it that do not exist, the deepest first.
    private static func missingFolders(above folder: String) -> [String] {
        let first = existingPart(of: folder)
        var missing: [String] = []
        var part = folder
        while part != first {
            missing.append(part)
            part = FileRule.folder(of: part)
        }
        return missing
    }

    /// A confined role makes no folders, so one that is missing is made now; what is in the way of that is told when it is needed.
    private static func make(_ folder: String) {
        guard !FileManager.default.fileExists(atPath: folder) else { return }
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
    }

    /// Gives the privileges up; call it when everything is set up.
    package func apply(_ logger: Logger) throws(ServiceError) {
        var kept = kept
        let user = choice.user
        if user == nil, needsOverride { kept.insert(.dacOverride) }
        if let user, let file = settingsFiles.first(where: { !user.mayRead(file: $0) }) {
            logger.warning(
                "SIGHUP will not work: user \(user.name) may not read \(file); sudo chown \(user.name) \(file)"
            )
        }
        if let note = choice.note { logger.info("the role stays root: \(note)") }
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
        return settingsFiles.contains { ProcessPrivileges.readingTakesOverride(file: $0) }
            || folders.contains { ProcessPrivileges.writingTakesOverride(folder: Self.existingPart(of: $0)) }
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
