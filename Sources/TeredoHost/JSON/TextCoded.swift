package import TeredoLinux
public import TeredoWire

/// A value that JSON shows as the text that people write it as.
///
/// Public only because what it gives to public types has to be.
public protocol TextCoded: Codable, LosslessStringConvertible, Sendable {}

extension TextCoded {
    /// Reads the text; throws for one that is no such value.
    public init(from decoder: any Decoder) throws { self = try decoder.valueOfText() }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws { try encoder.encodeText(of: self) }
}

/// Tells that a text stands for no value; what describes that quotes the text, which may hold anything.
struct UnusableText: Error {}

extension Decoder {
    fileprivate func valueOfText<Value: TextCoded>() throws -> Value {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Value(text) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "'\(text)' is not a valid \(Value.self)",
                    underlyingError: UnusableText()
                )
            )
        }
        return value
    }
}

extension Encoder {
    fileprivate func encodeText(of value: some TextCoded) throws {
        var container = singleValueContainer()
        try container.encode(value.description)
    }
}

extension IPv4Prefix: TextCoded {}
extension IPv6Prefix: TextCoded {}
extension InboundRule: TextCoded {}
extension StreamEndpoint: TextCoded {}
extension TeredoAddress: TextCoded {}
extension UDPEndpoint: TextCoded {}

// These are numbers too, which the standard library would take instead of the text.

extension IPv4Address: TextCoded {
    /// Reads the text; throws for one that is no such address.
    public init(from decoder: any Decoder) throws { self = try decoder.valueOfText() }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws { try encoder.encodeText(of: self) }
}

extension IPv6Address: TextCoded {
    /// Reads the text; throws for one that is no such address.
    public init(from decoder: any Decoder) throws { self = try decoder.valueOfText() }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws { try encoder.encodeText(of: self) }
}
