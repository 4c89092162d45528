import ArgumentParser
import TeredoSettings

extension ArgumentHelp {
    /// The help of the flag of a setting.
    init(_ setting: Setting) {
        self.init(stringLiteral: setting.help)
        if !setting.valueName.isEmpty { valueName = setting.valueName }
    }
}
