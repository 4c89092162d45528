extension NetworkMonitor {
    /// Listens to the network namespace of a command, once.
    package convenience init(inside command: IsolatedCommand) throws(SystemError) {
        try self.init(adopting: command.monitor)
    }
}
