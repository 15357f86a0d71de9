import Detection

/// A filter expression, compiled for each link type that occurs.
public final class LinkFilters {
  /// Link types to check an expression with: it is wrong if it applies to none of them.
  private static let usualLinks: [LinkType] = [.ethernet, .radiotap, .wifi, .linuxSLL2, .raw, .ppp]

  private let expression: String
  private var filters: [LinkType: PacketFilter] = [:]
  /// Saves the look-up: most recordings have only one link.
  private var last: PacketFilter?

  public init(_ expression: String) { self.expression = expression }

  /// Throws if the expression applies to no usual link type.
  public static func check(_ expression: String) throws(PacketFilterError) {
    var first: PacketFilterError?
    for link in usualLinks {
      do throws(PacketFilterError) {
        _ = try PacketFilter(expression, linkType: link)
        return
      } catch { first = first ?? error }
    }
    if let first { throw first }
  }

  public func matches(_ frame: borrowing Frame) throws(PacketFilterError) -> Bool {
    if let last, last.linkType == frame.linkType { return last.matches(frame) }
    let filter: PacketFilter
    if let found = filters[frame.linkType] {
      filter = found
    } else {
      filter = try PacketFilter(expression, linkType: frame.linkType)
      filters[frame.linkType] = filter
    }
    last = filter
    return filter.matches(frame)
  }
}
