import TeredoChart
import TeredoHost
import TeredoLinux

/// Sequence charts as a file.
enum ChartFile {
    /// Writes `charts` as one SVG picture, for its owner only: whole or not at all.
    static func write(_ charts: [ChartModel], to path: String) throws(ServiceError) {
        do throws(OutputFile.Failure) {
            try OutputFile.replace(path: path, with: Array(SVGDocument(charts).text.utf8))
        } catch {
            throw ServiceError("\(path) \(error)", remedy: "give --svg a new file in a folder that you may write to")
        }
    }
}
