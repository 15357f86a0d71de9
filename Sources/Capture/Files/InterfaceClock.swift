import Detection

/// The clock of an interface of a pcapng section: the options if_tsresol and if_tsoffset, draft-ietf-opsawg-pcapng, section 4.2.
struct InterfaceClock {
  private enum Tick {
    case nanoseconds(UInt64)
    case fractionOfNanosecond(UInt64)
    /// 2^-n seconds.
    case binaryFraction(Int)
  }

  private let tick: Tick
  /// Seconds to add.
  private let offset: Int64

  /// `resolution`: the option's byte; microseconds if the option is absent.
  init(resolution: UInt8 = 6, offset: Int64 = 0) {
    self.offset = offset
    let exponent = Int(resolution & 0x7f)
    if resolution & 0x80 != 0 {
      tick = .binaryFraction(exponent)
    } else if exponent <= 9 {
      tick = .nanoseconds(Self.powerOfTen(9 - exponent))
    } else {
      tick = .fractionOfNanosecond(Self.powerOfTen(exponent - 9))
    }
  }

  /// The time of a tick count. Saturates if the file's numbers are out of range.
  @inline(__always)
  func time(ticks: UInt64) -> Timestamp {
    let count: Int64
    switch tick {
    case .nanoseconds(let factor):
      let (product, overflow) = ticks.multipliedReportingOverflow(by: factor)
      count = overflow ? .max : Int64(clamping: product)
    case .fractionOfNanosecond(let divisor):
      count = Int64(clamping: ticks / divisor)
    case .binaryFraction(let exponent):
      count = Int64(clamping: (UInt128(ticks) * 1_000_000_000) >> exponent)
    }
    return offset == 0 ? Timestamp(nanoseconds: count) : Timestamp(seconds: offset, nanoseconds: count)
  }

  /// Saturates at the largest power that fits: ticks that fine are all within a nanosecond or few.
  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    (0..<min(exponent, 19)).reduce(1) { power, _ in power * 10 }
  }
}
