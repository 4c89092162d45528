package import FlyingSocks

/// Asks one role, again and again, and writes on the board what it says and whether it says it.
package struct RoleWatcher: Sendable {
    /// How often a role is asked for its report.
    ///
    /// A role that hangs is noticed within this and ``patience``: less than a second.
    package static let interval = Duration.milliseconds(400)
    /// How long a role may take for an answer before the page says so.
    package static let patience = Duration.milliseconds(450)
    /// How many peers a role is asked for: the most it gives.
    package static let peerLimit = 256

    private let socket: RoleSocket
    private let pool: any AsyncSocketPool
    private let board: RoleBoard

    /// Watches `socket` for `board`.
    package init(socket: RoleSocket, pool: some AsyncSocketPool, board: RoleBoard) {
        self.socket = socket
        self.pool = pool
        self.board = board
    }

    /// Watches until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            var link: ControlLink?
            do throws(ControlFault) {
                let new = try ControlLink.connect(to: socket.path, pool: pool)
                link = new
                try await converse(new)
            } catch {
                await report(error)
            }
            await link?.close()
            // Between two attempts; a role that starts is seen soon, and one that is broken costs little.
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Whether the role knows what older ones do not have.
    private struct Abilities {
        var knowsCheck = true
        var hasPeers = true
    }

    private func converse(_ link: ControlLink) async throws(ControlFault) {
        let clock = ContinuousClock()
        var abilities = Abilities()
        var round = 0
        var silences = 0
        var earlier: (reading: CounterReading, time: ContinuousClock.Instant)?
        var previous: CounterReading?
        var tellsExchanges = false
        do throws(ControlFault) {
            let subscription = try await link.ask(
                "subscribe",
                parameters: ["exchanges": .number(1)],
                patience: Self.patience
            )
            tellsExchanges = subscription["events"]?.elements?.contains(.string("exchange")) == true
        } catch .refused {
            // Others subscribe already: what happens is then seen at the next question.
        }
        while !Task.isCancelled {
            let start = clock.now
            do throws(ControlFault) {
                let status = try await link.ask("status", patience: Self.patience)
                guard let role = status["role"]?.text, status["state"]?.text != nil else {
                    throw .rubbish("its report has neither a role nor a state")
                }
                silences = 0
                var sample: Sample?
                let reading = CounterReading(status: status)
                if let last = earlier, last.time.duration(to: start) < .milliseconds(950) {
                    // The next point is not due.
                } else {
                    let peers = await peerRoundTrips()
                    if let last = earlier {
                        let seconds = last.time.duration(to: start) / .seconds(1)
                        sample = reading.rates(since: last.reading, seconds: seconds).map {
                            Sample(
                                time: WallClock.milliseconds,
                                rates: $0,
                                roundTrips: Self.roundTrips(of: status).merging(peers) { $1 }
                            )
                        }
                    }
                    earlier = (reading, start)
                }
                let guesses = previous.map { Exchanges.events(of: role, from: $0, to: reading) } ?? []
                previous = reading
                await tell(status: status, sample: sample, events: link.takeEvents() + (tellsExchanges ? [] : guesses))
                // The rest in turns, so that an answer to `status` never waits for them.
                if round % 2 == 0 { try await askForPeers(link, role: role, &abilities) }
                if round % 10 == 1, role == "client" { try await askForCheck(link, &abilities) }
                round += 1
            } catch .silent {
                // The connection stays: a role that was only busy goes on with it. After a while a new one is tried.
                silences += 1
                await report(.silent)
                if silences == 8 { throw .silent }
                continue
            }
            let rest = clock.now.duration(to: start + Self.interval)
            // An event is a reason to ask at once.
            if rest > .zero { try await link.waitForEvent(atMost: rest) }
        }
    }

    private func askForPeers(_ link: ControlLink, role: String, _ abilities: inout Abilities) async throws(ControlFault)
    {
        guard abilities.hasPeers else { return }
        let peers: JSONValue?
        do throws(ControlFault) {
            peers = try await link.ask("peers", parameters: ["limit": .number(Self.peerLimit)], patience: Self.patience)
        } catch .refused {
            abilities.hasPeers = false
            peers = nil
        }
        await board.update(socket.name) { $0.set(.peers, peers, revision: $1) }
    }

    private func askForCheck(_ link: ControlLink, _ abilities: inout Abilities) async throws(ControlFault) {
        guard abilities.knowsCheck else { return }
        let check: JSONValue?
        do throws(ControlFault) {
            check = try await link.ask("check", patience: Self.patience)
        } catch .refused {
            abilities.knowsCheck = false
            check = nil
        }
        await board.update(socket.name) { $0.set(.check, check, revision: $1) }
    }

    private func tell(status: JSONValue, sample: Sample?, events: [JSONValue]) async {
        let now = WallClock.milliseconds
        let dated: [JSONValue] = events.compactMap { event in
            guard var members = event.members else { return nil }
            members["time"] = .number(now)
            return .object(members)
        }
        await board.update(socket.name) { view, revision in
            view.setCondition(.answers, now: now, revision: revision)
            view.set(.status, status, revision: revision)
            view.add(events: dated, revision: revision)
            if let sample { view.add(sample, revision: revision) }
        }
    }

    private func report(_ fault: ControlFault) async {
        let condition = RoleCondition(fault)
        await board.update(socket.name) { $0.setCondition(condition, now: WallClock.milliseconds, revision: $1) }
    }

    /// The median round trip of the peers on the board.
    private func peerRoundTrips() async -> [String: Double] {
        guard let times = await board.view(socket.name)?.peerRoundTrips, !times.isEmpty else { return [:] }
        return ["peers": times.sorted()[times.count / 2]]
    }

    private static func roundTrips(of status: JSONValue) -> [String: Double] {
        var times: [String: Double] = [:]
        for server in status["servers"]?.elements ?? [] {
            guard let address = server["address"]?.text, let time = server["roundTripMilliseconds"]?.double else {
                continue
            }
            times["server.\(address)"] = time
        }
        return times
    }
}
