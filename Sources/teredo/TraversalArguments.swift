public import ArgumentParser
public import TeredoProtocol
import TeredoService

// A wrong name is answered with the list of the right ones.

extension ClientExtensions.Hairpinning: ExpressibleByArgument {}

extension PortMappingChoice: ExpressibleByArgument {}
