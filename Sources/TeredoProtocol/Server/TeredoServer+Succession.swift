/// Other settings for a running server: it is stateless but for its rate limits, so another machine takes its place.
extension TeredoServer {
    /// Goes on counting where `previous` stopped, and knows the proofs that it gave and whom it answered; rate limits begin anew.
    public mutating func succeed(_ previous: Self) {
        counters = previous.counters
        if configuration.fleet == nil, previous.configuration.fleet == nil { proof = previous.proof }
        limiters.succeed(previous.limiters)
    }
}
