public import ArgumentParser
public import TeredoProtocol
package import TeredoSettings

// A wrong name is answered with the list of the right ones.

extension ClientExtensions.Hairpinning: ExpressibleByArgument {}

extension PortMappingChoice: ExpressibleByArgument {}

extension RoutingTableChoice: ExpressibleByArgument {}

extension ProtocolExtension: ExpressibleByArgument {}
