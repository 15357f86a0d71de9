/// The first segment of a TCP connection, as far as it shows whose network stack made it: the kinds of its options in their order, the window
/// and its scale (RFC 9293 section 3.1, RFC 7323 section 2.2).
public struct SYN: BitwiseCopyable, Sendable, Equatable {
  /// Options read of one segment: four bits each.
  static let optionLimit = 16

  private enum Kind: UInt64, CaseIterable {
    case end = 1
    case padding, maximumSegmentSize, windowScale, selectiveAcknowledgment, timestamps, other

    init(_ kind: UInt8) {
      switch kind {
      case 0: self = .end
      case 1: self = .padding
      case 2: self = .maximumSegmentSize
      case 3: self = .windowScale
      case 4: self = .selectiveAcknowledgment
      case 8: self = .timestamps
      default: self = .other
      }
    }

    var name: String {
      switch self {
      case .end: "EOL"
      case .padding: "NOP"
      case .maximumSegmentSize: "MSS"
      case .windowScale: "WS"
      case .selectiveAcknowledgment: "SACK"
      case .timestamps: "TS"
      case .other: "other"
      }
    }
  }

  /// The first option in the lowest bits.
  private var kinds: UInt64 = 0
  private var count = 0
  private let window: UInt16
  private var scale: UInt8?

  /// Options that the capture cuts are absent.
  @inline(never)
  init(options: RawSpan, window: UInt16) {
    self.window = window
    var cursor = Cursor(options)
    while count < Self.optionLimit, let code = try? cursor.u8() {
      let kind = Kind(code)
      kinds |= kind.rawValue << UInt64(4 * count)
      count += 1
      if kind == .end { return }
      if kind == .padding { continue }
      guard let length = try? cursor.u8(), length >= 2, let value = try? cursor.take(Int(length) - 2) else { return }
      if kind == .windowScale, value.byteCount == 1 { scale = value.u8(0) }
    }
  }

  /// Differs where the text does, but for a few in billions.
  var key: UInt64 { RecentTraits.mixed(kinds) ^ UInt64(window) << 16 ^ UInt64(scale ?? 0xFF) << 8 }

  /// `MSS,SACK,TS,NOP,WS ttl 64 scale 3 window 5840`; `none ttl 255 window 1024` without options.
  func text(baseTTL: UInt8) -> String {
    let names = (0..<count).compactMap { Kind(rawValue: kinds >> UInt64(4 * $0) & 15)?.name }
    return (names.isEmpty ? "none" : names.joined(separator: ",")) + " ttl \(baseTTL)" + (scale.map { " scale \($0)" } ?? "")
      + " window \(window)"
  }
}

/// How far a packet has come, by its TTL or hop limit.
enum Hops {
  /// Farther than this is no distance: a program chose the TTL, as for multicast or to trace a route.
  static let limit: UInt8 = 32
  /// Not known.
  static let unknown: UInt8 = .max

  /// Where systems start: the least of 64, 128 and 255 that it may have come from.
  @inline(__always)
  static func base(of ttl: UInt8) -> UInt8 { ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255 }

  /// The number of routers that a packet passed; `unknown` where its TTL does not say.
  @inline(__always)
  static func count(ttl: UInt8) -> UInt8 {
    let hops = base(of: ttl) - ttl
    return hops < limit ? hops : unknown
  }
}
