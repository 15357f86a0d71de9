import Crypto

/// The JA4 fingerprint of a ClientHello, as FoxIO specifies it (technical_details/JA4.md). A program has the same fingerprint for every
/// server. Reserved values (RFC 8701) do not count.
extension ClientHello {
  var ja4: String {
    let ciphers = ciphers.filter { !Self.isReserved($0) }
    let extensions = extensions.filter { !Self.isReserved($0) }
    let algorithms = signatureAlgorithms.filter { !Self.isReserved($0) }
    let sorted = extensions.filter { $0 != 0 && $0 != 16 }.sorted()
    let suffix = algorithms.isEmpty ? "" : "_" + Self.list(algorithms)
    let text = ja4Head + "_" + (ciphers.isEmpty ? Self.nothing : Self.hash(Self.list(ciphers.sorted())))
    return text + "_" + (sorted.isEmpty ? Self.nothing : Self.hash(Self.list(sorted) + suffix))
  }

  /// The part before the hashes: how a program says hello, in ten characters.
  var ja4Head: String {
    let extensions = extensions.filter { !Self.isReserved($0) }
    return shortHead + Self.count(extensions) + protocolCode
  }

  private var shortHead: String {
    String(transport.rawValue) + versionCode + (extensions.contains(0) ? "d" : "i") + Self.count(ciphers.filter { !Self.isReserved($0) })
  }

  /// Browsers send reserved values, so that servers get used to unknown ones.
  var hasReservedValues: Bool { ciphers.contains(where: Self.isReserved) || extensions.contains(where: Self.isReserved) }

  /// Reports what tells browsers and apps from small devices.
  ///
  /// - Parameters:
  ///   - isCut: the capture lacks the end. The space that its extensions take still tells whether they are few.
  ///   - isByReceiver: the receiver of the current message sent the hello.
  func reportTrait(isCut: Bool = false, isByReceiver: Bool = false, into sink: inout ObservationSink) {
    guard sink.wantsTraits else { return }
    if isComplete {
      sink.emitTrait(.tlsHello, ja4Head + (hasReservedValues ? " grease" : ""), key: traitKey)
    } else if isCut, let extensionBytes {
      sink.emitTrait(
        .tlsHello, shortHead + " cut \(extensionBytes)" + (hasReservedValues ? " grease" : ""), key: traitKey ^ UInt64(extensionBytes + 1),
        aboutReceiver: isByReceiver)
    }
  }

  /// Differs where the trait does, but for a few in billions. Reserved values are different ones in each hello.
  private var traitKey: UInt64 {
    let counts = UInt64(ciphers.count { !Self.isReserved($0) }) << 16 ^ UInt64(extensions.count { !Self.isReserved($0) })
    var hash = RecentTraits.mixed(counts ^ (hasReservedValues ? 1 << 40 : 0) ^ (extensions.contains(0) ? 1 << 41 : 0))
    let version = versions.lazy.filter { !Self.isReserved($0) }.max() ?? legacyVersion
    hash = RecentTraits.mixed(hash ^ UInt64(version) ^ UInt64(transport == .quic ? 1 : 0) << 20)
    return RecentTraits.mixed(hash ^ FNV1a.hash(firstProtocol))
  }

  private static let nothing = "000000000000"

  /// The values 0x0A0A, 0x1A1A and so on (RFC 8701 section 2).
  static func isReserved(_ value: UInt16) -> Bool { value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF }

  private var versionCode: String {
    let offered = versions.filter { !Self.isReserved($0) }
    // DTLS counts versions down.
    let highest = transport == .dtls ? offered.min() : offered.max()
    switch highest ?? legacyVersion {
    case 0x0304: return "13"
    case 0x0303: return "12"
    case 0x0302: return "11"
    case 0x0301: return "10"
    case 0x0300: return "s3"
    case 0x0002: return "s2"
    case 0xFEFF: return "d1"
    case 0xFEFD: return "d2"
    case 0xFEFC: return "d3"
    default: return "00"
    }
  }

  /// The first and last character of the first protocol, or of its hexadecimal form if they are not letters or digits.
  private var protocolCode: String {
    guard let first = firstProtocol.first, let last = firstProtocol.last else { return "00" }
    if ASCII.isAlphanumeric(first), ASCII.isAlphanumeric(last) { return String(decoding: [first, last], as: UTF8.self) }
    return String(first >> 4, radix: 16) + String(last & 15, radix: 16)
  }

  private static func count(_ values: [UInt16]) -> String {
    let count = Swift.min(values.count, 99)
    return (count < 10 ? "0" : "") + String(count)
  }

  private static func list(_ values: [UInt16]) -> String {
    values.map(\.hexDigits).joined(separator: ",")
  }

  private static func hash(_ text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).prefix(6).hexDigits
  }
}
