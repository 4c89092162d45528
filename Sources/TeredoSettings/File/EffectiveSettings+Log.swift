import Logging
package import TeredoHost

extension EffectiveSettings {
    /// What the settings say about the log.
    package var logChoice: LogControl.Choice {
        LogControl.Choice(
            level: values(of: .logLevel).first.flatMap { Logger.Level(rawValue: $0) } ?? .info,
            format: values(of: .logFormat).first.flatMap { LogFormat(rawValue: $0) } ?? .text,
            masksAddresses: values(of: .maskAddresses) == ["true"]
        )
    }
}
