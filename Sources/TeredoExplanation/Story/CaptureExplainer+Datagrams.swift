import TeredoWire

/// Datagrams that are, or may be, Teredo.
extension CaptureExplainer {
    mutating func teredoNote(_ packet: CapturedPacket, _ datagram: ObservedDatagram) -> PacketNote? {
        let reading: TeredoReading
        do throws(WireError) {
            reading = try TeredoReading(datagram)
        } catch {
            return malformedNote(packet, datagram, error)
        }
        let source = datagram.source
        let destination = datagram.destination
        guard let sureness = book.sureness(of: reading, from: source, to: destination) else { return nil }
        if datagram.isFirstFragment { fragments.note(datagram, number: packet.number) }
        if let match = recent.match(datagram, number: packet.number, time: packet.time) {
            return repeatedNote(packet, datagram, reading, sureness, match)
        }
        book.learn(reading, from: source, to: destination)
        let isTestReply = conversations.isTestReply(reading)
        let kind =
            isTestReply
            ? .connectivityTestReply
            : reading.kind(to: destination, isToServer: book.isServer(destination, of: reading))
        counts.note(sureness)
        var note = PacketNote(
            packet,
            start: start,
            kind,
            sureness,
            headline: reading.headline(kind),
            label: reading.label(kind)
        )
        note.source = place(source)
        note.destination = place(destination)
        note.reading = reading
        note.details = innerWords(reading, kind, datagram) + reading.details(kind)
        if datagram.isFirstFragment { note.details.append("first fragment of its datagram, not reassembled") }
        note.findings = DatagramCheck(reading: reading, datagram: datagram, kind: kind, book: book).findings
        if let finding = mismatch(reading, source) { note.findings.append(finding) }
        follow(&note, reading, datagram)
        return note
    }

    /// What the packet does to clients and conversations.
    private mutating func follow(_ note: inout PacketNote, _ reading: TeredoReading, _ datagram: ObservedDatagram) {
        switch note.kind {
        case .routerSolicitation:
            guard let client = note.source?.party else { return }
            let (change, findings) = qualifications[client, default: Qualification()].ask(
                reading,
                server: datagram.destination,
                time: note.time
            )
            note.changes.append(StateChange(state: change.0, subject: book.parties[client].name, words: change.1))
            note.findings += findings
        case .routerAdvertisement:
            guard let client = note.destination?.party else { return }
            let (change, findings) = qualifications[client, default: Qualification()].answer(
                reading,
                from: datagram.source,
                time: note.time
            )
            note.findings += findings
            guard let change else { return }
            note.changes.append(StateChange(state: change.0, subject: book.parties[client].name, words: change.1))
        default:
            let step = ConversationStep(
                reading: reading,
                kind: note.kind,
                source: datagram.source,
                destination: datagram.destination,
                number: note.number,
                time: note.time,
                book: book
            )
            let (change, findings) = step.apply(to: &conversations)
            note.findings += findings
            if let change { note.changes.append(change) }
        }
    }

    /// V9: the exceptions are a server that passes something on, a relay that carries it, and whoever proved himself by a nonce.
    private func mismatch(_ reading: TeredoReading, _ source: UDPEndpoint) -> Finding? {
        guard let teredo = reading.teredoSource, teredo.mappedEndpoint != source, !PartyBook.isInside(source.address)
        else { return nil }
        guard !book.isServer(source, of: reading), book.role(of: source) != .relay else { return nil }
        if let client = book.client(with: reading.header.source), book.number(of: source) == client { return nil }
        return Finding(
            .matchingSource,
            "the source embeds \(teredo.mappedEndpoint), it comes from \(source), and no exception was seen"
        )
    }

    /// The addresses inside, where the endpoints do not tell as much.
    private func innerWords(_ reading: TeredoReading, _ kind: MessageKind, _ datagram: ObservedDatagram) -> [String] {
        guard kind != .routerSolicitation, kind != .routerAdvertisement, kind != .discoveryBubble else { return [] }
        var words: [String] = []
        let header = reading.header
        if book.party(at: datagram.source)?.address != header.source { words.append("from \(name(header.source))") }
        if book.party(at: datagram.destination)?.address != header.destination {
            words.append("for \(name(header.destination))")
        }
        return words
    }

    private func name(_ address: IPv6Address) -> String {
        book.client(with: address).map { book.parties[$0].name } ?? address.description
    }

    /// A datagram that was captured before on its way.
    private mutating func repeatedNote(
        _ packet: CapturedPacket,
        _ datagram: ObservedDatagram,
        _ reading: TeredoReading,
        _ sureness: Sureness,
        _ match: RecentDatagrams.Match
    ) -> PacketNote {
        var words = "packet \(match.number) again"
        if match.source != datagram.source {
            words += ", a NAT made \(datagram.source) of \(match.source)"
            if let party = book.number(of: match.source) { book.add(datagram.source, to: party) }
        }
        if match.destination != datagram.destination {
            words += ", a NAT made \(datagram.destination) of \(match.destination)"
            if let party = book.number(of: match.destination) { book.add(datagram.destination, to: party) }
        }
        counts.note(sureness)
        let isToServer = book.isServer(datagram.destination, of: reading)
        let kind = reading.kind(to: datagram.destination, isToServer: isToServer)
        var note = PacketNote(
            packet,
            start: start,
            kind,
            sureness,
            headline: reading.headline(kind),
            label: reading.label(kind)
        )
        note.source = place(datagram.source)
        note.destination = place(datagram.destination)
        note.reading = reading
        note.sameAs = match.number
        note.details = [words]
        return note
    }

    /// V1: something else at the port of a server, or at a node that speaks Teredo there.
    private mutating func malformedNote(
        _ packet: CapturedPacket,
        _ datagram: ObservedDatagram,
        _ error: WireError
    ) -> PacketNote? {
        let ends = [datagram.source, datagram.destination]
        let isExpected = ends.contains {
            $0.port == TeredoConstants.udpPort || [.client, .server, .relay].contains(book.role(of: $0))
        }
        guard isExpected else { return nil }
        counts.note(.possible)
        var note = PacketNote(
            packet,
            start: start,
            .notWellFormed,
            .possible,
            headline: MessageKind.notWellFormed.words
        )
        note.source = place(datagram.source)
        note.destination = place(datagram.destination)
        if datagram.isCut {
            note.details = ["only \(datagram.keptCount) of \(datagram.payload.count) octets were captured"]
        } else {
            note.details = ["\(datagram.payload.count) octets"]
            note.findings = [Finding(.wellFormed, error.explanation)]
        }
        return note
    }
}
