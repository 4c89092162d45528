package import TeredoHost

/// A report that says whether everything was as it should be.
package protocol JudgedReport: Encodable {
    /// Whether it was; `success` in JSON.
    var isSuccess: Bool { get }
}

extension JudgedReport {
    /// The report as one JSON object with sorted keys.
    package func json() throws(ServiceError) -> String { try JSONText.report(JudgedDocument(report: self)) }
}

/// A report with its verdict among its members.
private struct JudgedDocument<Report: JudgedReport>: Encodable {
    let report: Report

    private enum Key: String, CodingKey { case success }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(report.isSuccess, forKey: .success)
    }
}
