// An experiment: which NATs let a client through, by how they map and filter?
//
// For each behaviour in the words of RFC 4787 a simulated Internet is built in which client A is behind such a NAT and client B
// behind a port-restricted one. Both ping each other; the table tells after how many milliseconds of virtual time the first reply
// came. The way through the Internet takes 20 ms in each direction, so that 40 ms are one round trip.
//
//     NATExperiment [SEED]
//
// A seed gives the same table every time.

import TeredoCrypto
import TeredoProtocol
import TeredoSimulator

let seed = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1

/// A fresh Internet in which client A is behind `nat`, with both clients qualified; `nil` when one of them is not.
func internet(_ nat: NATBehavior) throws -> SimulatedInternet? {
    var options = InternetOptions(seed: seed)
    options.natA = .portRestricted
    options.natB = .portRestricted
    options.fault = LinkFault(latency: .milliseconds(20))
    options.recordsTrace = false
    let internet = try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
    internet.setNAT(of: .clientA) { $0 = nat }
    guard internet.qualify() else { return nil }
    // The clients find out the kind of their NATs, and how far away those are.
    internet.run(for: .seconds(2))
    return internet
}

/// After how long the first ping is answered, as a cell of the table.
func ping(_ nat: NATBehavior, from source: HostName, to destination: HostName) throws -> String {
    guard let internet = try internet(nat) else { return "offline" }
    switch internet.ping(from: source, to: destination) {
    case .reply(let time): return "\(Int(time / .milliseconds(1) + 0.5)) ms"
    case .unreachable: return "unreachable"
    case .timeout, .noAddress: return "no reply"
    }
}

/// A word with blanks up to a width.
func padded(_ word: String, _ width: Int) -> String { word + String(repeating: " ", count: max(0, width - word.count)) }

let names = ["endpoint-independent", "by address", "by address and port"]
print(padded("mapping", 22) + padded("filtering", 22) + padded("ports", 12) + padded("A to B", 13) + "B to A")
for mapping in NATBehavior.Dependence.allCases {
    for filtering in NATBehavior.Dependence.allCases where filtering >= mapping {
        for ports in NATBehavior.PortAssignment.allCases {
            let nat = NATBehavior(mapping: mapping, filtering: filtering, portAssignment: ports)
            let cells = [
                try ping(nat, from: .clientA, to: .clientB), try ping(nat, from: .clientB, to: .clientA),
            ]
            print(
                padded(names[mapping.rawValue], 22) + padded(names[filtering.rawValue], 22)
                    + padded("\(ports)", 12) + padded(cells[0], 13) + cells[1]
            )
        }
    }
}
