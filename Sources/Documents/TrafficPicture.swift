import Detection
import Store

/// A device's traffic over time, to be drawn: what it sends upwards, what it receives downwards from the same line.
public struct TrafficPicture: Sendable {
  /// Most bars of one that comes from a database.
  private static let bars = 96
  /// A device that just appeared has few bars: they are not drawn wider than this part of the picture.
  private static let widest = 1.0 / 12

  public let start: Timestamp
  /// Seconds of a bar.
  public let width: Double
  /// Bytes on the wire.
  public let up: [UInt64]
  public let down: [UInt64]

  public init(start: Timestamp, width: Double, up: [UInt64], down: [UInt64]) {
    (self.start, self.width, self.up, self.down) = (start, width, up, down)
  }

  /// What the watch counted, oldest first; nil without any.
  public init?(_ slots: [TrafficSlot]) {
    guard let first = slots.first?.start, let last = slots.last?.start else { return nil }
    let steps = Int(Swift.min(Swift.max(last.seconds(since: first), 0), 1e9) / TrafficSlot.seconds) + 1
    let each = (steps + Self.bars - 1) / Self.bars
    let width = Double(each) * TrafficSlot.seconds
    var (up, down) = ([UInt64](repeating: 0, count: (steps + each - 1) / each), [UInt64](repeating: 0, count: (steps + each - 1) / each))
    for slot in slots {
      let bar = Swift.min(Swift.max(Int(slot.start.seconds(since: first) / width), 0), up.count - 1)
      up[bar] &+= slot.up
      down[bar] &+= slot.down
    }
    self.init(start: first, width: width, up: up, down: down)
  }

  public var end: Timestamp { start + .milliseconds(Int64(width * Double(up.count) * 1000)) }
  /// Bits a second.
  public var peakUp: Double { rate(up.max() ?? 0) }
  public var peakDown: Double { rate(down.max() ?? 0) }
  /// `5 min`
  public var step: String { width < 60 ? "\(Self.number(width)) s" : duration(width) }

  private func rate(_ bytes: UInt64) -> Double { Double(bytes) * 8 / width }

  /// The bars and the line between both halves, for an SVG of any size. Colours are attributes, which a style may overrule by class.
  public func shapes(left: Double, right: Double, top: Double, bottom: Double) -> String {
    let (peakUp, peakDown) = (peakUp, peakDown)
    // The line between both halves lies where both peaks fit.
    let share = peakUp + peakDown > 0 ? Swift.max(0.15, Swift.min(0.85, peakUp / (peakUp + peakDown))) : 0.5
    let zero = top + (bottom - top) * share
    let bar = (right - left) * Swift.min(1 / Double(Swift.max(up.count, 1)), Self.widest)
    func path(_ values: [UInt64], _ peak: Double, _ room: Double, _ name: String, _ colour: String) -> String {
      guard peak > 0 else { return "" }
      let bars = values.enumerated().compactMap { index, bytes -> String? in
        guard bytes > 0 else { return nil }
        let wide = Self.number(Swift.max(bar - 0.4, 0.4))
        let height = Self.number(rate(bytes) / peak * room, atLeast: room < 0 ? -0.5 : 0.5)
        return "M\(Self.number(left + Double(index) * bar)) \(Self.number(zero))h\(wide)v\(height)h-\(wide)z"
      }
      return "<path class=\"\(name)\" fill=\"\(colour)\" d=\"\(bars.joined())\"/>\n"
    }
    return path(up, peakUp, top - zero, "up", "#a3161a") + path(down, peakDown, bottom - zero, "down", "#345f9e")
      + "<line class=\"zero\" stroke=\"#444444\" x1=\"\(Self.number(left))\" x2=\"\(Self.number(right))\" "
      + "y1=\"\(Self.number(zero))\" y2=\"\(Self.number(zero))\"/>\n"
  }

  /// One digit behind the point.
  ///
  /// - Parameter least: what is nearer to 0 becomes this.
  public static func number(_ value: Double, atLeast least: Double = 0) -> String {
    let tenths = ((abs(value) < abs(least) ? least : value) * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
