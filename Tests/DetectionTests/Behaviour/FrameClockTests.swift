import Testing

@testable import Detection

@Suite struct FrameClockTests {
  @Test func sinesAreExact() {
    for (turns, sine, cosine) in [
      (0.0, 0.0, 1.0), (0.25, 1, 0), (0.5, 0, -1), (0.75, -1, 0), (1.125, 0.70710678, 0.70710678), (3000.5, 0, -1),
    ] {
      let found = Math.sineAndCosine(turns: turns)
      #expect(abs(found.sine - sine) < 1e-7 && abs(found.cosine - cosine) < 1e-7, "\(turns)")
    }
  }

  /// Starts of bursts within ten seconds, in microseconds.
  private func clock(_ hertz: Double, jitter: Double, _ random: inout TestRandom) -> [UInt32] {
    (0..<Int(hertz * 10)).map { number in
      // Nearly a bell: the sum of twelve.
      let noise = (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() % 10_000) / 10_000 }
      return UInt32(max(0, (Double(number) / hertz + noise * jitter) * 1e6))
    }
  }

  /// Looking at every third frequency first finds what looking at all does.
  @Test func coarseSearchFindsThePeak() {
    var random = TestRandom(seed: 9)
    for hertz in [5.0, 10.02, 14.99, 15, 19.97, 25, 29.97, 30.9] {
      let starts = clock(hertz, jitter: 0.005, &random)
      let all = stride(from: Phase.lowest, through: Phase.highest, by: Phase.step).map { Phase.strength(of: starts, centihertz: $0) }
      let peak = Phase.peak(of: starts)
      #expect(abs((peak?.strength ?? 0) - (all.max() ?? 0)) < 0.01)
      #expect(abs((peak?.hertz ?? 0) - Float(hertz)) <= 0.04, "\(hertz)")
    }
  }

  @Test func strengthTellsAClockFromChance() {
    var random = TestRandom(seed: 10)
    let (steady, late) = (clock(15, jitter: 0.005, &random), clock(25, jitter: 0.01, &random))
    #expect(Phase.peak(of: steady)!.strength > 80)
    #expect(Phase.peak(of: late)!.strength > 12)
    var strong = 0
    for _ in 0..<50 {
      let starts = (0..<200).map { _ in UInt32(random.next() % 10_000_000) }
      if Phase.peak(of: starts)!.strength >= FrameClock.clockLimit { strong += 1 }
    }
    #expect(strong <= 2, "0.6 in a hundred are expected")
    #expect(Phase.peak(of: []) == nil)
  }

  @Test func nothingComesOfNothing() {
    var clock = FrameClock(at: .zero)
    clock.endWindow(at: Timestamp(seconds: 10, nanoseconds: 0))
    clock.endWindow(at: Timestamp(seconds: 15, nanoseconds: 0), isLast: true)
    #expect(clock.reading == FrameClock.Reading(hertz: nil, rate: 0, ends: 0, spread: 0))
  }
}
