/// Every subject by its name, in the order of the report.
struct Catalogue {
    struct Entry: Sendable {
        let name: String
        let summary: String
        let measure: @Sendable (Int) throws -> Measurement

        init<S: Subject>(_ name: String, _ subject: S.Type) {
            self.name = name
            summary = S.summary
            measure = { try S.measure($0) }
        }
    }

    static let entries = [
        Entry("parse-data", ParseData.self),
        Entry("parse-advertisement", ParseAdvertisement.self),
        Entry("client-send", ClientTransmission.self),
        Entry("client-receive", ClientReception.self),
        Entry("relay-send", RelayTransmission.self),
        Entry("relay-receive", RelayReception.self),
        Entry("relay-refuse", RelayRefusal.self),
        Entry("relay-send-1k", RelayTransmissionToThousand.self),
        Entry("relay-send-1m", RelayTransmissionToMillion.self),
        Entry("relay-idle-100k", RelayIdle.self),
        Entry("server-solicit", ServerSolicitation.self),
        Entry("split", SplitSuperPacket.self),
        Entry("coalesce", CoalescePackets.self),
    ]

    static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
