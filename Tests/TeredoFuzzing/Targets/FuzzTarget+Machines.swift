extension FuzzTarget {
    /// The reception of each role with its state: an input is a sequence of datagrams, packets and spans of time.
    static let machines = [
        FuzzTarget("client", longestInput: 1500) { input throws(Violation) in
            var client = FuzzedClient(input)
            try client.run()
        },
        FuzzTarget("relay", longestInput: 1500) { input throws(Violation) in
            var relay = FuzzedRelay(input, isHostSpecific: false)
            try relay.run()
        },
        FuzzTarget("host-relay", longestInput: 1500) { input throws(Violation) in
            var relay = FuzzedRelay(input, isHostSpecific: true)
            try relay.run()
        },
        FuzzTarget("server", longestInput: 1500) { input throws(Violation) in
            var server = try FuzzedServer(input)
            try server.run()
        },
    ]
}
