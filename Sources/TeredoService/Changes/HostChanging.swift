import TeredoLinux

/// Whoever changes the network of the host for a role: a process of its own (``HostProcess``), or this one (``HostChanger``).
protocol HostChanging: AnyObject {
    /// Carries a change out; what became of it is in the answer, and nothing waits for longer than a few seconds.
    func answer(to change: HostChange) -> HostAnswer
    /// Whether nobody is there any more to carry changes out.
    var isGone: Bool { get }
}

extension HostChanging {
    /// Carries a change out; throws when it was not done.
    func perform(_ change: HostChange) throws(SystemError) { _ = try ask(change) }

    /// What the filter refused so far.
    func refusals() throws(SystemError) -> InboundRefusals {
        guard case .refusals(let refusals) = try ask(.tellRefusals) else { return InboundRefusals() }
        return refusals
    }

    /// Whether another filter of the host looks at IPv6; `nil` when nobody says.
    var otherFilters: Bool? {
        guard case .otherFilters(let found) = answer(to: .tellOtherFilters) else { return nil }
        return found
    }

    private func ask(_ change: HostChange) throws(SystemError) -> HostAnswer {
        let answer = answer(to: change)
        switch answer {
        case .failed(let error): throw error
        case .refused(let problem): throw .refusedChange(problem)
        case .done, .refusals, .otherFilters, .places: return answer
        }
    }
}
