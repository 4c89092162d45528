import TeredoLinux

/// What may come in unasked: what the settings say, and what was allowed or denied since.
///
/// It outlives a role that `teredo auto` takes on, so that what was denied stays denied in the next one.
final class InboundAllowances {
    /// The rules that hold.
    private(set) var rules: [InboundRule] = []
    private var configured: [InboundRule] = []

    /// Begins with what the settings say.
    init(_ configured: [InboundRule]) { adopt(configured) }

    /// Takes over other settings: what they no longer have is denied, what is new in them is allowed, and all else stays as it is.
    func adopt(_ fresh: [InboundRule]) {
        let former = Set(configured)
        rules.removeAll { former.contains($0) && !fresh.contains($0) }
        for rule in fresh where !former.contains(rule) { allow(rule) }
        configured = fresh
    }

    /// Allows traffic.
    func allow(_ rule: InboundRule) {
        if !rules.contains(rule) { rules.append(rule) }
    }

    /// Takes an allowance back; returns whether there was one.
    func deny(_ rule: InboundRule) -> Bool {
        guard let position = rules.firstIndex(of: rule) else { return false }
        rules.remove(at: position)
        return true
    }

    /// Puts everything back as it was in `former`.
    func restore(_ former: (rules: [InboundRule], configured: [InboundRule])) { (rules, configured) = former }

    /// Everything, to put it back.
    var snapshot: (rules: [InboundRule], configured: [InboundRule]) { (rules, configured) }
}
