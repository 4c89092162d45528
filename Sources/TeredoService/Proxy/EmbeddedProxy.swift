package import Logging
import Synchronization
package import TeredoHost
package import TeredoLinux
package import TeredoSettings

/// A proxy for one request, and for standard input and output: it lives as long as that connection.
package enum EmbeddedProxy {
    /// Connects, and copies until the other side has sent all; `confine` is called when everything is set up.
    ///
    /// Throws when there is no connection, or when it breaks off.
    package static func run(
        _ configuration: ProxyServiceConfiguration,
        _ request: ProxyRequest,
        logger: Logger,
        confine: () throws(ServiceError) -> Void
    ) throws(ServiceError) {
        let (inner, outer) = try ServiceError.wrapping { () throws(SystemError) in try ByteStream.makePair() }
        let outcome = Outcome()
        let driver = try ProxyDriver(
            configuration,
            serving: inner,
            isFinished: { outcome.result.withLock { $0 != nil } },
            logger: logger
        )
        try confine()
        // Its end is the end of the stream, which ends the driver.
        _ = try ServiceError.wrapping { () throws(SystemError) in
            try WorkerThread(name: "connection") {
                let result = Result { () throws(ServiceError) in
                    guard try ProxyRequest.greet(outer, anyProxy: false) else { return }
                    try request.connect(outer, isOwnClient: true)
                    try finish(outer)
                }
                outcome.result.withLock { $0 = result }
                outer.endBoth()
            }
        }
        try driver.run()
        guard let result = outcome.result.withLock({ $0 }) else {
            throw ServiceError("interrupted before the connection ended", remedy: "start it again")
        }
        try result.get()
    }

    /// Copies standard input to a connection, and what comes from it to standard output; throws when it breaks off.
    package static func finish(_ stream: ByteStream) throws(ServiceError) {
        let ending = try ServiceError.wrapping { () throws(SystemError) in try StandardConnection.run(stream) }
        switch ending {
        case .finished: return
        case .broken:
            throw ServiceError("the connection broke off", remedy: "try again; the other side may tell why in its log")
        case .notWritten(let error):
            throw ServiceError(
                "cannot write to standard output: \(error.reason)",
                remedy: "see whether the program that reads it ended, or the disk is full"
            )
        }
    }

    private final class Outcome: Sendable {
        let result = Mutex<Result<Void, ServiceError>?>(nil)
    }
}
