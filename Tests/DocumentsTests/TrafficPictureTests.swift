import Detection
import Store
import Testing

@testable import Documents

/// Traffic over time, drawn.
@Suite struct TrafficPictureTests {
  private func slot(_ number: Int, _ up: UInt64, _ down: UInt64 = 0) -> TrafficSlot {
    TrafficSlot(start: Timestamp(seconds: 1_800_000_000 + Int64(number) * 300, nanoseconds: 0), up: up, down: down)
  }

  @Test func slotsBecomeBars() throws {
    #expect(TrafficPicture([]) == nil)
    let one = try #require(TrafficPicture([slot(0, 37_500)]))
    #expect(one.up == [37_500] && one.peakUp == 1000 && one.step == "5 min" && one.end == slot(1, 0).start)
    let gaps = try #require(TrafficPicture([slot(0, 1), slot(3, 4, 2)]))
    #expect(gaps.up == [1, 0, 0, 4] && gaps.down == [0, 0, 0, 2])
    let week = try #require(TrafficPicture((0..<2016).map { slot($0, 1, 2) }))
    #expect(week.up.count == 96 && week.up.allSatisfy { $0 == 21 } && week.down.reduce(0, +) == 4032 && week.step == "1 h 45 min")
  }

  /// Clocks jump: a picture of years is still a picture.
  @Test func timesFarApart() throws {
    let wide = try #require(TrafficPicture([slot(-4_000_000, .max / 2), slot(0, .max / 2), slot(0, .max / 2)]))
    #expect(wide.up.count <= 96)
    #expect(!wide.shapes(left: 0, right: 640, top: 0, bottom: 100).contains("nan"))
  }

  @Test func bothHalvesFit() {
    let picture = TrafficPicture(start: .zero, width: 1, up: [100, 0, 50], down: [0, 10, 0])
    let shapes = picture.shapes(left: 0, right: 120, top: 0, bottom: 100)
    // Upwards from the line at 85, downwards from there; no bar is wider than a twelfth.
    #expect(shapes.contains("<path class=\"up\" fill=\"#a3161a\" d=\"M0 85h9.6v-85h-9.6zM20 85h9.6v-42.5h-9.6z\"/>"))
    #expect(shapes.contains("<path class=\"down\" fill=\"#345f9e\" d=\"M10 85h9.6v15h-9.6z\"/>"))
    let silent = TrafficPicture(start: .zero, width: 1, up: [0], down: [0]).shapes(left: 0, right: 120, top: 0, bottom: 100)
    #expect(!silent.contains("<path") && silent.contains("y1=\"50\""))
  }
}
