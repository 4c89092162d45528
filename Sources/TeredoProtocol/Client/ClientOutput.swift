/// All that a client says between two inputs.
typealias ClientOutput = MachineOutput<ClientEvent>
