import TeredoHost
import TeredoLinux
import TeredoSettings

/// The privileges that a role needs, checked before anything is made.
enum Privileges {
    /// Throws when a capability is missing: which one, what for, and the commands that would work.
    static func require(_ capability: Capability, to purpose: String, role: Role) throws(ServiceError) {
        guard !capability.isEffective else { return }
        throw missing(capability, to: purpose, role: role)
    }

    static func missing(_ capability: Capability, to purpose: String, role: Role) -> ServiceError {
        let all: [Capability] =
            switch role {
            case .server: [.netRaw]
            default: [.netAdmin]
            }
        let names = all.map { $0.rawValue.lowercased() }.joined(separator: ",")
        return ServiceError(
            "not permitted to \(purpose): the capability \(capability.rawValue) is missing",
            remedy: "run 'sudo teredo \(role) ...', or give the program the capability once: "
                + "sudo setcap \(names)+ep $(which teredo)"
        )
    }
}
