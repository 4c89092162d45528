/// Something that runs a hook.
package protocol HookExecuting: Sendable {
    /// The program.
    var path: String { get }

    /// Runs the hook and waits for its end; tells what went wrong, `nil` for nothing.
    func execute(_ call: HookCall) -> String?
}
