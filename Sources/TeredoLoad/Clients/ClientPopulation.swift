package import TeredoWire

/// Up to a million Teredo clients for servers and relays to serve: what they send, and whether what comes back is right.
///
/// A client does what RFC 4380 asks of one behind a cone or restricted NAT, in few words: it solicits both addresses of its server,
/// refreshes, tests a native host through the server before it talks to it through the relay, answers the relay's bubbles, and sends
/// bubbles to other clients. It has no peers, queues and options of its own: `TeredoClient` is what a host runs. Like the machines it
/// owns no socket and no clock: call ``handlePacket(_:now:into:)`` for each packet of IPv4 that comes in, and
/// ``pollTransmit(now:into:)`` until it returns `false`, by ``nextTimeout`` at the latest.
package struct ClientPopulation: Sendable {
    let model: LoadModel
    let plan: AddressPlan
    let draw: Draw
    let begin: ProtocolInstant
    var records: [ClientRecord]
    var wheel = TimingWheel()
    /// What the clients did and got.
    package internal(set) var figures = PopulationFigures()
    /// Whether nobody begins anything any more; what is open may still be answered.
    package private(set) var isClosed = false
    private var firstFree = ClientRecord.none
    private var lastFree = ClientRecord.none
    private var arrivals: UInt64 = 0
    private var nextArrival: UInt32 = 0
    private var wasFull = false

    /// Clients that are not there yet; `model` must be within its limits and have room for them in its prefix.
    package init(_ model: LoadModel, seed: UInt64, now: ProtocolInstant) {
        precondition((1...LoadModel.largestCount).contains(model.clients), "1 to 1,000,000 clients")
        precondition(
            model.clients <= LoadModel.room(in: model.prefix, clientsPerAddress: model.clientsPerAddress)
                && (1...16_000).contains(model.clientsPerAddress),
            "an endpoint for every client"
        )
        precondition(model.relays.count <= 32, "at most 32 relays")
        self.model = model
        plan = AddressPlan(model)
        draw = Draw(seed: seed)
        begin = now
        records = Array(repeating: ClientRecord(), count: model.clients)
        for client in records.indices { free(client) }
        planArrival(after: 0)
    }

    /// The octets that each client takes.
    package static var octetsPerClient: Int { MemoryLayout<ClientRecord>.stride }

    /// The octets that the clients take together, whatever their number, besides those of ``octetsPerClient``.
    package var fixedOctets: Int {
        wheel.octets + (Exchange.allCases.count + 1) * 28_000 + MemoryLayout<Self>.size
    }

    /// The milliseconds since the load began.
    func milliseconds(_ now: ProtocolInstant) -> UInt32 {
        UInt32(clamping: (now - begin).wholeNanoseconds / 1_000_000)
    }

    /// The microseconds since the load began, which start over after 71 minutes.
    func microseconds(_ now: ProtocolInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: (now - begin).wholeNanoseconds / 1000)
    }

    /// When ``pollTransmit(now:into:)`` has something to send next, or may have; `nil` when nobody begins anything any more.
    package var nextTimeout: ProtocolInstant? {
        guard !isClosed else { return nil }
        let arrival = firstFree == ClientRecord.none ? ClientRecord.never : nextArrival
        return begin + .milliseconds(Int64(min(arrival, wheel.nextTime(limit: 100))))
    }

    /// Times are told from now on; counts go on.
    package mutating func beginMeasurement() { figures.forgetTimes() }

    /// Nobody begins anything any more.
    package mutating func close() { isClosed = true }

    /// Appends the next packet that is due to `output`, which has room for 1500 octets; `false` when none is.
    package mutating func pollTransmit(now: ProtocolInstant, into output: inout OutputSpan<UInt8>) -> Bool {
        guard !isClosed else { return false }
        let time = milliseconds(now)
        if nextArrival <= time, let client = takeFree() {
            beginSession(client, now: now, into: &output)
            return true
        }
        while let client = wheel.pop(now: time, in: &records) {
            let isSent = act(client, time, now: now, into: &output)
            if records[client].state != .absent { reschedule(client) }
            if isSent { return true }
        }
        return false
    }

    /// Enters a client in the wheel that is not in it.
    mutating func reschedule(_ client: Int) { wheel.schedule(client, at: records[client].deadline, in: &records) }

    /// Does what a client has to do at its deadline; returns whether it sent something.
    private mutating func act(
        _ client: Int,
        _ time: UInt32,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        if records[client].endsAt <= time {
            endSession(client)
            return false
        }
        let due = records[client].deadline
        guard due <= time else { return false }
        let isControl = records[client].controlAt <= time
        let isSent = isControl ? control(client, now: now, into: &output) : talk(client, now: now, into: &output)
        if isSent { figures.lag.record(now - begin - .milliseconds(Int64(due))) }
        return isSent
    }

    // MARK: Sessions

    private mutating func beginSession(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) {
        figures.lag.record(now - begin - .milliseconds(Int64(nextArrival)))
        let session = records[client].session &+ 1
        var record = ClientRecord()
        record.session = session
        record.state = .soliciting
        let length = draw.milliseconds(mean: model.session, .session, client, session)
        record.endsAt = milliseconds(now) &+ max(1, length)
        records[client] = record
        figures.arrivals &+= 1
        figures.online += 1
        figures.mostOnline = max(figures.mostOnline, figures.online)
        if firstFree == ClientRecord.none { wasFull = true }
        planArrival(after: nextArrival)
        solicit(client, now: now, into: &output)
        reschedule(client)
    }

    private mutating func endSession(_ client: Int) {
        if records[client].isControlPending { figures[controlExchange(client)].abandoned &+= 1 }
        if let exchange = records[client].talk.exchange { figures[exchange].abandoned &+= 1 }
        if records[client].state == .qualified { figures.qualified -= 1 }
        figures.departures &+= 1
        figures.online -= 1
        records[client].state = .absent
        free(client)
    }

    /// Chooses when the next client comes.
    ///
    /// That is at the pace of the beginning until there were as many as there may be, and then as often as clients leave in the
    /// mean. Arrivals for which there is no room are put off.
    private mutating func planArrival(after time: UInt32) {
        arrivals &+= 1
        let bits = draw.bits(.session, Int(truncatingIfNeeded: arrivals >> 16), .max, UInt16(arrivals & 0xFFFF))
        let steady = Double(model.clients) / max(0.001, model.session / .seconds(1))
        let rate = wasFull ? steady : model.arrivalsPerSecond
        // In fractions of a millisecond, of which the whole ones count.
        arrivalTime = max(arrivalTime, Double(time)) + 1000 / rate * Draw.exponential(Draw.share(bits))
        nextArrival = UInt32(min(arrivalTime, Double(ClientRecord.never - 1)))
    }

    private var arrivalTime = 0.0

    /// The oldest free record first, so that a port is used again as late as possible.
    private mutating func takeFree() -> Int? {
        guard firstFree != ClientRecord.none else { return nil }
        let client = Int(firstFree)
        firstFree = records[client].next
        return client
    }

    private mutating func free(_ client: Int) {
        records[client].next = ClientRecord.none
        if firstFree == ClientRecord.none {
            firstFree = UInt32(client)
        } else {
            records[Int(lastFree)].next = UInt32(client)
        }
        lastFree = UInt32(client)
    }
}

// MARK: - Who a client is

extension ClientPopulation {
    /// The mapped endpoint of a client.
    func endpoint(of client: Int) -> UDPEndpoint { plan.endpoint(of: client, session: records[client].session) }

    /// The Teredo address of a client (RFC 5991 section 3).
    func address(of client: Int) -> IPv6Address {
        let bits = draw.bits(.flags, client, records[client].session)
        return TeredoAddress(
            server: model.server,
            flags: TeredoFlags(rawValue: UInt16(truncatingIfNeeded: bits) & TeredoFlags.randomMask),
            mappedEndpoint: endpoint(of: client)
        ).ipv6
    }

    /// Under what a client's solicitation is counted.
    func controlExchange(_ client: Int) -> Exchange {
        records[client].state == .qualified ? .refresh : .qualification
    }

    /// The nonce of a solicitation.
    func nonce(_ client: Int, _ number: UInt16) -> UInt64 {
        draw.bits(.control, client, records[client].session, number)
    }

    /// What shows that an answer is to something that a client said, and to what.
    func tag(_ client: Int, _ number: UInt16) -> UInt64 { draw.bits(.talk, client, records[client].session, number) }

    /// The octets of data of a message.
    func payloadLength(_ client: Int, _ number: UInt16) -> Int {
        let span = UInt64(model.payload.count)
        return model.payload.lowerBound + Int(draw.bits(.payload, client, records[client].session, number) % span)
    }

    static let serverPort: UInt16 = 3544
    /// How long an answer to a solicitation is waited for (RFC 4380 section 5.2.1).
    static let solicitationTimeout: UInt32 = 4000
    /// How long any other answer is waited for (section 5.2.6).
    static let talkTimeout: UInt32 = 2000
    /// How many solicitations or tests in a row are sent before a client gives up for a while.
    static let attempts: UInt8 = 3
    /// After how long without anything from the relay a native host has to be tested again (section 5.2.4).
    static let validity: UInt32 = 30_000
    /// How long a client that was not answered leaves the server alone.
    static let backOff: UInt32 = 30_000
    /// The octets of data of an echo test.
    static let testLength = 16
}
