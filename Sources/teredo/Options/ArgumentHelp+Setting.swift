import ArgumentParser
import TeredoSettings

extension ArgumentHelp {
    /// The help of the flag of a setting.
    init(_ setting: Setting) {
        self.init(stringLiteral: setting.meaning)
        if !setting.valueName.isEmpty { valueName = setting.valueName }
    }
}
