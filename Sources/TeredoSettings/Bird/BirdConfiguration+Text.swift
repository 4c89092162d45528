// The language of BIRD 2.
extension BirdConfiguration {
    /// The file.
    package var text: String {
        var parts = [head]
        if announcesTeredo { parts.append(source(family: 6, routes: ["2001::/32"])) }
        if !addresses.isEmpty { parts.append(source(family: 4, routes: addresses.map { "\($0)/32" })) }
        if let bfdInterval { parts.append(bfd(bfdInterval)) }
        for (number, neighbor) in neighbors.enumerated() {
            parts.append(session(neighbor, number: number + 1))
        }
        return parts.joined(separator: "\n")
    }

    private var head: String {
        """
        # BIRD 2 for 'teredo \(role)': made by 'teredo bird-config \(role)'.
        # Passes on what the role announces in table \(table), and nothing else. Check it: bird -p -c FILE

        log syslog all;
        router id \(routerIdentifier);

        protocol device {
        }

        """
    }

    /// The routes of the role, and what may leave.
    private func source(family: Int, routes: [String]) -> String {
        let list = routes.joined(separator: ", ")
        return """
            # There exactly while the role is healthy, within its limits or a reserve, and not draining.
            ipv\(family) table teredo\(family);

            protocol kernel teredo_kernel\(family) {
                kernel table \(table);
                learn;
                scan time 10;
                ipv\(family) {
                    table teredo\(family);
                    export none; import where net ~ [ \(list) ];
                };
            }

            filter teredo_export\(family) {
                if ! (net ~ [ \(list) ]) then reject;
                # Over its limits: longer than the way to others that are not.
                if defined(krt_metric) && krt_metric >= \(reserveMetric) then {
                    bgp_path.prepend(\(localSystem));
                    bgp_path.prepend(\(localSystem));
                }
                accept;
            }

            """
    }

    private func bfd(_ interval: Int) -> String {
        """
        # A host that dies is noticed after \(3 * interval) ms; its neighbours need BFD for that, too.
        protocol bfd teredo_bfd {
            interface "*" {
                interval \(interval) ms;
                multiplier 3;
            };
        }

        """
    }

    private func session(_ neighbor: Neighbor, number: Int) -> String {
        let family = neighbor.isIPv6 ? 6 : 4
        var watch = bfdInterval == nil ? "" : "    bfd on;\n"
        // Inside one system BIRD takes a router for one that is hops away, which BFD as it is here does not do.
        if localSystem == neighborSystem, bfdInterval != nil { watch = "    direct;\n" + watch }
        return """
            protocol bgp teredo_neighbor\(number) {
                local as \(localSystem);
                neighbor \(neighbor.text) as \(neighborSystem);
            \(watch)    ipv\(family) {
                    table teredo\(family);
                    next hop self; import none;
                    export filter teredo_export\(family);
                };
            }

            """
    }
}
