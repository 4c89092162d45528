/// Other settings for a running server: it is stateless but for its rate limits, so another machine takes its place.
extension TeredoServer {
    /// Goes on counting where `previous` stopped; rate limits begin anew.
    public mutating func succeed(_ previous: Self) { counters = previous.counters }
}
