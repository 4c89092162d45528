public import TeredoLinux
public import TeredoPortMapping
public import TeredoProtocol

// What the machines say in enumerations stands in JSON by its raw value.

extension ConnectivityStatus.Phase: Codable {}
extension MappingProtocol: Codable {}
extension NATReport.Filtering: Codable {}
extension NATReport.Hairpinning: Codable {}
extension NATReport.Mapping: Codable {}
extension Offload: Codable {}
extension PeerSummary.Path: Codable {}
extension ServerHealth.State: Codable {}
