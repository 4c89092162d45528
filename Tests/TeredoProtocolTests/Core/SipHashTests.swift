import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct SipHashTests {
    /// Messages as octets in the order of SipHash, whose words are little-endian; the values are those of CPython, which
    /// hashes with SipHash-1-3: `PYTHONHASHSEED=0 python3.11 -c 'print(hash(bytes(16)) % 2**64)'` for the key 0. The one
    /// with another key is of a second implementation that agrees with it.
    static let vectors: [(address: IPv6Address, expected: UInt64)] = [
        (IPv6Address(high: 0x0706_0504_0302_0100, low: 0x0F0E_0D0C_0B0A_0908), 0x8972_1884_33A5_C5B7),
        (IPv6Address(high: 0, low: 0), 0x76BE_999E_3E25_B2A0),
        (IPv6Address(high: .max, low: .max), 0x3502_9A3B_6274_A39B),
        (IPv6Address(high: 0x2001_0000_C000_0201, low: 0x8000_EFEF_3F57_FEFE), 0xD744_3042_35AC_ABD4),
    ]

    @Test("SipHash-1-3 agrees with CPython", arguments: vectors)
    func agreement(address: IPv6Address, expected: UInt64) {
        #expect(SipHash(key: 0, 0)(address) == expected)
    }

    @Test("The key changes the hash, each half of it")
    func key() {
        let address = IPv6Address(high: 0x0706_0504_0302_0100, low: 0x0F0E_0D0C_0B0A_0908)
        #expect(SipHash(key: 0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)(address) == 0xCC4F_DD1A_7D90_8B66)
        #expect(Set([(0, 0), (1, 0), (0, 1)].map { SipHash(key: $0.0, $0.1)(address) }).count == 3)
    }
}
