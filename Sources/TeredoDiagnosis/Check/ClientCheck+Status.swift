package import TeredoControl

extension ClientCheck {
    /// Draws the conclusions from a client's status.
    package init(_ status: ClientStatus) {
        let report = CheckReport(of: status)
        self.init(verdict: report.verdict, works: report.isWorking, problems: report.problems)
    }
}
