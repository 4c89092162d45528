import ArgumentParser
import TeredoService

extension ArgumentHelp {
    /// The help of the flag of a setting.
    init(_ setting: Setting) {
        self.init(stringLiteral: setting.meaning)
        if !setting.valueName.isEmpty { valueName = setting.valueName }
    }
}
