public import ArgumentParser
public import TeredoProtocol
public import TeredoSimulator

// A wrong name is answered with the list of the right ones.

extension NATKind: ExpressibleByArgument {}

extension Scenario: ExpressibleByArgument {}
