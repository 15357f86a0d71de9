import Detection
import Documents

/// A device's traffic as a small picture: what it sends upwards, what it receives downwards from the same line.
struct TrafficPicture {
  private static let size = (width: 640.0, height: 150.0)
  private static let margin = (left: 8.0, right: 8.0, top: 16.0, bottom: 18.0)

  let count: TrafficCount
  let utc: Bool

  private func rate(_ bytes: UInt64) -> Double { Double(bytes) * 8 / count.width }

  var html: HTML {
    let (peakUp, peakDown) = (rate(count.up.max() ?? 0), rate(count.down.max() ?? 0))
    let area = (
      width: Self.size.width - Self.margin.left - Self.margin.right, height: Self.size.height - Self.margin.top - Self.margin.bottom
    )
    // The line between both halves lies where both peaks fit.
    let zero =
      Self.margin.top + area.height * (peakUp + peakDown > 0 ? Swift.max(0.15, Swift.min(0.85, peakUp / (peakUp + peakDown))) : 0.5)
    let room = (up: zero - Self.margin.top, down: Self.margin.top + area.height - zero)
    let bar = area.width / Double(count.up.count)
    func bars(_ values: [UInt64], _ peak: Double, _ room: Double, up: Bool) -> [HTML] {
      values.enumerated().compactMap { index, bytes -> HTML? in
        guard bytes > 0, peak > 0 else { return nil }
        let height = Swift.max(rate(bytes) / peak * room, 0.5)
        let x = number(Self.margin.left + Double(index) * bar)
        let y = number(up ? zero - height : zero)
        let colour = up ? "#a3161a" : "#345f9e"
        return
          "<rect fill=\"\(colour)\" x=\"\(x)\" y=\"\(y)\" width=\"\(number(Swift.max(bar - 0.4, 0.4)))\" height=\"\(number(height))\"/>\n"
      }
    }
    let end = count.start + .milliseconds(Int64(count.width * Double(count.up.count) * 1000))
    let words =
      "sent at most \(bitRate(peakUp)), received at most \(bitRate(peakDown)), in steps of \(number(count.width)) s, "
      + Timestamp.span(count.start, end, utc: utc)
    let (right, bottom) = (number(Self.size.width - Self.margin.right), number(Self.size.height - 4))
    return """
      <figure>
      <svg viewBox="0 0 \(number(Self.size.width)) \(number(Self.size.height))" role="img" aria-label="\(words)">
      \(bars(count.up, peakUp, room.up, up: true))\(bars(count.down, peakDown, room.down, up: false))\
      <line stroke="#444444" x1="\(number(Self.margin.left))" x2="\(right)" y1="\(number(zero))" y2="\(number(zero))"/>
      <text font-size="11" fill="#333333" x="\(number(Self.margin.left))" y="11">sent: up to \(bitRate(peakUp))</text>
      <text font-size="11" fill="#333333" x="\(right)" y="11" text-anchor="end">received: up to \(bitRate(peakDown))</text>
      <text font-size="11" fill="#333333" x="\(number(Self.margin.left))" y="\(bottom)">\(count.start.clock(utc: utc))</text>
      <text font-size="11" fill="#333333" x="\(right)" y="\(bottom)" text-anchor="end">\(end.clock(utc: utc))</text>
      </svg>
      <figcaption>Traffic over time: \(words). Both halves have a scale of their own.</figcaption>
      </figure>

      """
  }

  /// One digit behind the point.
  private func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
