import Logging
import TeredoControl
import TeredoSettings

/// The settings of a role for those who ask on its control socket.
struct SettingsDesk: ControlledSettings {
    private let settings: RunningSettings
    private let runtime: ServiceRuntime

    /// Those that `runtime` goes by.
    init(_ settings: RunningSettings, _ runtime: ServiceRuntime) {
        self.settings = settings
        self.runtime = runtime
    }

    var report: SettingsReport {
        SettingsReport(role: settings.current.role, file: settings.current.path, settings: settings.current.rows)
    }

    /// Tells whoever asked what came of it, beside the log.
    func reload() -> ControlReload? {
        guard settings.hasFile else { return nil }
        let record = RecordingLogHandler.Record()
        var logger = runtime.logger
        logger.handler = RecordingLogHandler(logger.handler, into: record)
        runtime.reload(settings, logger)
        return ControlReload(messages: record.messages)
    }

    func change(_ text: String) throws(ControlError) -> SettingsChangeReport {
        do throws(SettingsRefusal) {
            let changes = try settings.change(text, runtime.logger)
            return SettingsChangeReport(
                role: settings.current.role,
                file: settings.current.path,
                changes: changes
            )
        } catch {
            throw ControlError(error)
        }
    }
}

extension ControlError {
    /// Why nothing was set.
    fileprivate init(_ refusal: SettingsRefusal) {
        switch refusal {
        case .invalid(let error): self.init(code: .invalidParameters, message: "\(error)")
        case .needsRestart(let settings):
            self.init(
                code: .needsRestart,
                message: "nothing was set, because this needs a restart of the role: "
                    + settings.map(\.key).joined(separator: ", ")
            )
        case .failed(let reason): self.init(code: .notAvailable, message: "nothing was set: \(reason)")
        }
    }
}
