import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// What may come out of the tunnel, in the kernel's packet filter (SEC-17): as a part of a driver it says what was refused.
///
/// It is made before the interface has an address, and who makes the interface ready needs it for that.
final class InboundGate: DriverPart {
    let name = "inbound"
    private var settings: InboundGateSettings
    private let allowances: InboundAllowances
    private let changes: any HostChanging
    private let logger: Logger
    /// Whether there is a filter; there is none while nothing needs one.
    private var isMade = false
    private var log = RefusalLog()
    /// When it was last looked at what was refused.
    private var lastLook: ProtocolInstant

    /// Shuts the interface, as far as that is wanted; throws when the kernel cannot.
    init(
        _ settings: InboundGateSettings,
        _ allowances: InboundAllowances,
        by changes: any HostChanging,
        now: ProtocolInstant,
        logger: Logger
    ) throws(ServiceError) {
        self.settings = settings
        self.allowances = allowances
        self.changes = changes
        self.logger = logger
        lastLook = now
        try apply()
    }

    deinit {
        if isMade { try? changes.perform(.removeFilter) }
    }

    /// The shortest time between two looks at what was refused.
    private static let interval = Duration.seconds(5)

    /// Takes over other settings; with an error everything stays as it was.
    func adopt(_ mode: InboundMode, allowing rules: [InboundRule]) throws(ServiceError) {
        let (formerMode, formerRules) = (settings.mode, allowances.snapshot)
        settings.mode = mode
        allowances.adopt(rules)
        do {
            try apply()
        } catch {
            settings.mode = formerMode
            allowances.restore(formerRules)
            throw error
        }
        if mode != formerMode { warn() }
    }

    /// Allows or denies traffic, and returns what may come in then.
    func change(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        guard settings.mode == .filtered else {
            throw ControlError(code: .notAvailable, message: "inbound is open: everything may come in already")
        }
        let former = allowances.snapshot
        switch change {
        case .allow(let rule):
            guard allowances.rules.count < Self.limit else {
                throw ControlError(
                    code: .limitReached,
                    message: "there are \(Self.limit) rules already; deny one first"
                )
            }
            allowances.allow(rule)
        case .deny(let rule):
            guard allowances.deny(rule) else {
                let list = allowances.rules.map(\.description).joined(separator: ", ")
                throw ControlError(
                    code: .invalidParameters,
                    message: "'\(rule)' is not allowed anyway; allowed: \(list.isEmpty ? "nothing" : list)"
                )
            }
        }
        do {
            try apply()
        } catch {
            allowances.restore(former)
            throw ControlError(code: .notAvailable, message: "\(error)")
        }
        logger.notice("inbound: \(change.phrase), as somebody asked on the control socket")
        return status
    }

    /// The most rules; each packet that was not asked for is compared with them in turn.
    private static let limit = 64

    /// The report.
    var status: InboundStatus {
        InboundStatus(
            mode: settings.mode,
            allowed: allowances.rules,
            otherFilter: changes.otherFilters,
            refusals: (isMade ? try? changes.refusals() : nil) ?? InboundRefusals()
        )
    }

    /// Logs that everything may come in where nothing else looks at it.
    func warn() {
        guard settings.place.contains(.others), status.isExposed else { return }
        logger.warning(
            """
            inbound is open, and no other filter of this host looks at IPv6: whatever it listens on can be reached through \
            the tunnel (docs/inbound.md)
            """
        )
    }

    /// Nothing is refused without something else waking the role, sooner or later: an idle one is not woken for this.
    func finishTurn(now: ProtocolInstant) {
        guard settings.mode == .filtered, now - lastLook >= Self.interval else { return }
        lastLook = now
        guard let refusals = try? changes.refusals(), let text = log.record(refusals, now: now) else { return }
        logger.notice("inbound: refused \(text); 'teredo allow RULE' lets traffic in")
    }

    private func apply() throws(ServiceError) {
        let isFiltered = settings.mode == .filtered
        guard isFiltered || settings.masquerades || isMade else { return }
        do {
            if !isMade {
                try changes.perform(.makeFilter)
                isMade = true
            }
            try changes.perform(.setFilter(isFiltered ? settings.place : [], allowing: allowances.rules))
        } catch {
            throw Self.explain(error, isFiltered: isFiltered)
        }
    }

    /// What a kernel's refusal means, and what to do about it.
    static func explain(_ error: SystemError, isFiltered: Bool) -> ServiceError {
        // It never came to the kernel.
        if error.isOfHostProcess { return ServiceError(error) }
        let purpose = isFiltered ? "filter what comes out of the tunnel" : "translate addresses"
        let alternative = isFiltered ? "filter elsewhere and start with --inbound open" : "leave out --masquerade"
        guard error.isNotPermitted else {
            return ServiceError(
                "cannot \(purpose): this kernel lacks nf_tables for IPv6 with connection tracking and owners "
                    + "(\(error.reason))",
                remedy: "use Linux 5.12 or later with CONFIG_NF_TABLES_IPV6, CONFIG_NFT_CT and CONFIG_NFT_MASQ "
                    + "(modprobe nf_tables nft_ct), or \(alternative)"
            )
        }
        return ServiceError(
            "cannot \(purpose): not permitted to use nf_tables",
            remedy: "give the capability CAP_NET_ADMIN (in a container: --cap-add NET_ADMIN), or \(alternative)"
        )
    }
}

extension InboundChange {
    fileprivate var phrase: String {
        switch self {
        case .allow(let rule): "\(rule) is allowed"
        case .deny(let rule): "\(rule) is no longer allowed"
        }
    }
}
