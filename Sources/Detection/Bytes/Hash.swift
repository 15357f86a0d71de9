/// A key of sets and dictionaries that packets are looked up in.
///
/// Swift's own hash (SipHash) takes longer than the rest of such a look-up. Two multiplications with a number that is the process's secret
/// cannot be steered by strangers either, as in `HashIndex`.
public protocol PacketKey: Hashable {
  /// Equal for equal keys, and different for different ones wherever that is possible.
  var words: (UInt64, UInt64) { get }
}

extension PacketKey {
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }

  /// The requirement of `Hashable` by which the standard library's integers, too, do without a `Hasher`.
  @inlinable
  public func _rawHashValue(seed: Int) -> Int {
    let (first, second) = words
    return quickHash(first, second, seed: seed)
  }
}

@inlinable
func quickHash(_ a: UInt64, _ b: UInt64, seed: Int) -> Int {
  Int(truncatingIfNeeded: multiplied(a ^ processSecret, b ^ UInt64(truncatingIfNeeded: seed)))
}

/// Stands for bits that are mixed with other bits of a key: strangers who choose both cannot make two mixtures equal.
func spread(_ bits: UInt64) -> UInt64 { bits == 0 ? 0 : multiplied(bits ^ processSecret, 0) }

/// 128 bits mixed by two multiplications: cheap, and not to be steered where a secret number is in `a`.
@inlinable @inline(__always)
func multiplied(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let first = a.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
  let second = (b ^ first.high ^ first.low).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
  return second.high ^ second.low
}

@usableFromInline let processSecret = UInt64.random(in: .min ... .max)

/// FNV-1a with 64 bits. The same bytes have the same hash in every run of the program, which `Hasher` does not promise.
public struct FNV1a: Sendable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  public mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  mutating func add(_ bytes: RawSpan) {
    for index in 0..<bytes.byteCount { add(bytes.u8(index)) }
  }

  /// Of a text's UTF-8.
  static func hash(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { unsafe hash($0) }
  }

  public static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash = FNV1a()
    for byte in bytes { hash.add(byte) }
    return hash.value
  }
}
