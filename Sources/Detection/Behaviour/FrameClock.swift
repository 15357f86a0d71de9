/// Whether the packets of an upload come in bursts that follow a clock, as the pictures of a camera do.
///
/// A histogram of intervals fails on real cameras, because a picture that is split or late spoils two intervals. The phase does not: each
/// burst is a pointer that turns with a frequency, and the pointers add up only where the bursts follow it.
struct FrameClock {
  /// A packet that comes later than this after the last one begins another burst: 8 ms.
  static let burstGap = Int64(8_000_000)
  /// Packets that are looked at in one upload.
  static let packetLimit = 4000
  static let windowSeconds = Int64(10)
  /// Bursts of a window: 45 a second. More are no pictures.
  static let windowLimit = 450
  static let windowMinimum = 15
  /// A window has a clock if the pointers add up to this: random bursts do in 0.6 % of windows.
  static let clockLimit = Float(12)
  /// Frequencies of two windows agree within this, in hertz.
  static let agreement = Float(0.3)
  /// The last packet of a burst is short below this part of the longest packet.
  private static let shortPart = 0.9
  /// Lengths of last packets are counted in steps of this size.
  private static let lengthStep = 16
  private static let lengthSteps = 96

  /// The result for the windows so far.
  struct Reading: Sendable, Equatable {
    /// Frequency in hertz, the median of the windows with a clock; nil where fewer than half of the windows have one, where their
    /// frequencies differ, or where the bursts are not its ticks.
    var hertz: Double?
    /// Bursts a second.
    var rate: Double
    /// Share of the bursts that end in a packet that is not full, in percent.
    var ends: Double
    /// Standard deviation of the bytes of a burst, in percent of the mean.
    var spread: Double
  }

  /// Start of the window, and the starts of its bursts in microseconds from there.
  private var start: Timestamp
  private var starts: [UInt32] = []
  private var overflows = false
  private var windows = 0
  /// Frequencies of the windows with a clock.
  private var found: [Float] = []

  private var packets = 0
  private var bursts = 0
  private var firstBurst: Timestamp?
  private var lastBurst = Timestamp.distantPast
  private var last = Timestamp.distantPast
  private var lastLength = 0
  private var longest = 0
  private var burstBytes = 0.0
  private var sum = 0.0
  private var squares = 0.0
  private var lengths = [UInt16](repeating: 0, count: FrameClock.lengthSteps)

  init(at time: Timestamp) { start = time }

  var isFull: Bool { packets >= Self.packetLimit }

  /// A packet of the sender with payload.
  mutating func add(_ length: Int, at time: Timestamp) {
    guard !isFull else { return }
    packets += 1
    if time.isAfter(last, by: Self.burstGap) {
      endBurst()
      if firstBurst == nil { firstBurst = time }
      lastBurst = time
      note(time)
    }
    last = max(last, time)
    lastLength = length
    longest = max(longest, length)
    burstBytes += Double(length)
  }

  private mutating func note(_ time: Timestamp) {
    let (offset, overflow) = time.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    guard !overflow, offset >= 0, offset < Self.windowSeconds * 1_000_000_000 else { return }
    if starts.count < Self.windowLimit { starts.append(UInt32(offset / 1000)) } else { overflows = true }
  }

  private mutating func endBurst() {
    guard burstBytes > 0 else { return }
    bursts += 1
    sum += burstBytes
    squares += burstBytes * burstBytes
    lengths[min(lastLength / Self.lengthStep, Self.lengthSteps - 1)] &+= 1
    burstBytes = 0
  }

  /// The window ends where it has lasted its ten seconds, or with the upload; the next one begins.
  mutating func endWindow(at time: Timestamp, isLast: Bool = false) {
    if isLast { endBurst() }
    guard isLast || time.isDue(since: start, after: .seconds(Self.windowSeconds)) else { return }
    defer {
      starts.removeAll(keepingCapacity: !isLast)
      overflows = false
      start = time
    }
    guard starts.count >= Self.windowMinimum else { return }
    windows += 1
    // Without short last packets, or with a steady size, it is no video whatever the clock: the costly part is left out.
    guard !overflows, mayBePictures, let peak = Phase.peak(of: starts), peak.strength >= Self.clockLimit else { return }
    found.append(peak.hertz)
  }

  /// The window does not count: the upload is none at present.
  mutating func dropWindow(at time: Timestamp) {
    guard time.isDue(since: start, after: .seconds(Self.windowSeconds)) else { return }
    starts.removeAll(keepingCapacity: true)
    overflows = false
    start = time
  }

  private var mayBePictures: Bool { ends >= 20 && spread >= 5 && rate >= 3 && rate <= 60 }

  private var ends: Double {
    let limit = Int(Double(longest) * Self.shortPart) / Self.lengthStep
    let short = lengths.prefix(limit).reduce(0) { $0 + Int($1) }
    return bursts == 0 ? 0 : Double(short) * 100 / Double(bursts)
  }

  private var spread: Double {
    guard bursts > 1 else { return 0 }
    let mean = sum / Double(bursts)
    return (max(0, squares / Double(bursts) - mean * mean)).squareRoot() * 100 / mean
  }

  private var rate: Double {
    guard let firstBurst, bursts > 1 else { return 0 }
    let seconds = lastBurst.seconds(since: firstBurst)
    return seconds > 0 ? Double(bursts) / seconds : 0
  }

  var reading: Reading { Reading(hertz: hertz, rate: rate, ends: ends, spread: spread) }

  private var hertz: Double? {
    guard windows > 0, found.count * 2 >= windows else { return nil }
    let median = found.sorted()[found.count / 2]
    let agreeing = found.count { abs($0 - median) <= Self.agreement }
    guard agreeing * 10 >= found.count * 7 else { return nil }
    let ticks = rate / Double(median)
    return ticks >= 0.6 && ticks <= 1.8 ? Double(median) : nil
  }
}

/// The frequency in which the pointers of a window add up most.
enum Phase {
  /// In hundredths of a hertz: from 5.00 to 31.00 in steps of 0.02. Below are group-of-pictures and timers, above is voice.
  static let lowest = 500
  static let highest = 3100
  static let step = 2
  /// Every third frequency is looked at first: a peak is 0.1 Hz wide, so that its neighbours show at least 0.87 of it.
  private static let coarse = 6
  private static let coarsePart = Float(0.8)
  private static let lanes = 8

  struct Peak: Equatable {
    let hertz: Float
    /// |Σ exp(2πi·f·t)|² / n: about 1 for random times, n for a perfect clock.
    let strength: Float
  }

  /// - Parameter starts: in microseconds.
  static func peak(of starts: [UInt32]) -> Peak? {
    guard !starts.isEmpty else { return nil }
    let coarse = coarseStrengths(starts)
    guard let greatest = coarse.max(), greatest > 1 else { return nil }
    var best: Peak?
    for index in coarse.indices where coarse[index] >= greatest * coarsePart {
      let middle = lowest + index * Self.coarse
      for centihertz in stride(from: max(lowest, middle - 2 * step), through: min(highest, middle + 2 * step), by: step) {
        let strength = strength(of: starts, centihertz: centihertz)
        if strength > best?.strength ?? 0 { best = Peak(hertz: Float(centihertz) / 100, strength: strength) }
      }
    }
    return best
  }

  /// The sum of the pointers at one frequency.
  static func strength(of starts: [UInt32], centihertz: Int) -> Float {
    var (sines, cosines) = (0.0, 0.0)
    for start in starts {
      let (sine, cosine) = Math.sineAndCosine(turns: Double(start) * Double(centihertz) / 1e8)
      sines += sine
      cosines += cosine
    }
    return Float((sines * sines + cosines * cosines) / Double(starts.count))
  }

  /// The strengths at every third frequency, eight at once: each pointer is turned on from one block of frequencies to the next.
  private static func coarseStrengths(_ starts: [UInt32]) -> [Float] {
    let count = (highest - lowest) / coarse + 1
    let blocks = (count + lanes - 1) / lanes
    var sums = [SIMD16<Float>](repeating: .zero, count: blocks)
    for start in starts {
      let seconds = Double(start) / 1e6
      let first = Math.sineAndCosine(turns: seconds * Double(lowest) / 100)
      let lane = Math.sineAndCosine(turns: seconds * Double(coarse) / 100)
      let block = Math.sineAndCosine(turns: seconds * Double(coarse * lanes) / 100)
      var (sines, cosines) = (SIMD8<Float>(), SIMD8<Float>())
      var (sine, cosine) = first
      for index in 0..<lanes {
        (sines[index], cosines[index]) = (Float(sine), Float(cosine))
        (sine, cosine) = (sine * lane.cosine + cosine * lane.sine, cosine * lane.cosine - sine * lane.sine)
      }
      let (turnSine, turnCosine) = (Float(block.sine), Float(block.cosine))
      for index in 0..<blocks {
        sums[index].lowHalf += sines
        sums[index].highHalf += cosines
        (sines, cosines) = (sines * turnCosine + cosines * turnSine, cosines * turnCosine - sines * turnSine)
      }
    }
    let scale = 1 / Float(starts.count)
    return (0..<count).map { index in
      let (sine, cosine) = (sums[index / lanes].lowHalf[index % lanes], sums[index / lanes].highHalf[index % lanes])
      return (sine * sine + cosine * cosine) * scale
    }
  }
}

extension Math {
  /// Sine and cosine of a number of turns, to 9 digits: by their series within a quarter of a turn.
  static func sineAndCosine(turns: Double) -> (sine: Double, cosine: Double) {
    let quarters = (turns * 4).rounded(.toNearestOrEven)
    let x = (turns - quarters / 4) * 6.283185307179586
    let square = x * x
    let sine = x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72 * (1 - square / 110)))))
    let cosine = 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56 * (1 - square / 90))))
    return switch Int(quarters.truncatingRemainder(dividingBy: 4)) {
    case 1, -3: (cosine, -sine)
    case 2, -2: (-sine, -cosine)
    case 3, -1: (-cosine, sine)
    default: (sine, cosine)
    }
  }
}
