import Detection
import Documents

extension TrafficPicture {
  private static let size = (width: 640.0, height: 150.0)
  private static let margin = (side: 8.0, top: 16.0, bottom: 18.0)

  init(_ count: TrafficCount) { self.init(start: count.start, width: count.width, up: count.up, down: count.down) }

  /// For a paper, which has no style for pictures: readers of PDF take colours from attributes only.
  func figure(utc: Bool) -> HTML {
    let words =
      "sent at most \(bitRate(peakUp)), received at most \(bitRate(peakDown)), in steps of \(step), "
      + Timestamp.span(start, end, utc: utc)
    let (width, height, side) = (Self.size.width, Self.size.height, Self.margin.side)
    // Numbers and names of colours, nothing that comes from a device.
    let shapes = HTML(stringLiteral: shapes(left: side, right: width - side, top: Self.margin.top, bottom: height - Self.margin.bottom))
    let (left, right, bottom) = (Self.number(side), Self.number(width - side), Self.number(height - 4))
    return """
      <figure>
      <svg viewBox="0 0 \(Self.number(width)) \(Self.number(height))" role="img" aria-label="\(words)">
      \(shapes)\
      <text font-size="11" fill="#333333" x="\(left)" y="11">sent: up to \(bitRate(peakUp))</text>
      <text font-size="11" fill="#333333" x="\(right)" y="11" text-anchor="end">received: up to \(bitRate(peakDown))</text>
      <text font-size="11" fill="#333333" x="\(left)" y="\(bottom)">\(start.clock(utc: utc))</text>
      <text font-size="11" fill="#333333" x="\(right)" y="\(bottom)" text-anchor="end">\(end.clock(utc: utc))</text>
      </svg>
      <figcaption>Traffic over time: \(words). Both halves have a scale of their own.</figcaption>
      </figure>

      """
  }
}
