import ArgumentParser
import Capture
import Detection

/// Which packets of a recording are looked at.
struct SelectionOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Look only at packets that this BPF expression lets through, as tcpdump's. Packet numbers stay those of the file.",
      valueName: "expression"))
  var filter: String?

  @Option(
    help: ArgumentHelp(
      """
      Look only at packets from this time on: 2026-11-24T14:00:00Z, or with an offset such as +01:00, or with neither for the local \
      zone (UTC with --utc); or 14:00 or 14:00:05 on the day of the first packet.
      """, valueName: "time"),
    transform: TimeArgument.init(argument:))
  var from: TimeArgument?

  @Option(
    help: ArgumentHelp("Look only at packets before this time, written likewise.", valueName: "time"), transform: TimeArgument.init(argument:))
  var to: TimeArgument?

  func validate() throws {
    guard let filter else { return }
    do { try LinkFilters.check(filter) } catch { throw ValidationError("\(error)") }
  }

  /// The choice for a recording that starts at this time.
  func selection(startingAt start: Timestamp?, utc: Bool) throws -> PacketSelection {
    let day = start ?? .zero
    let (first, end) = (from?.time(onDayOf: day, utc: utc) ?? .distantPast, to?.time(onDayOf: day, utc: utc) ?? .distantFuture)
    guard first < end else {
      throw usageError("--from \(first.rfc3339) is not before --to \(end.rfc3339); a time without a day is on the day of the first packet.")
    }
    return PacketSelection(from: first, to: end, filters: filter.map(LinkFilters.init))
  }
}

struct PacketSelection {
  /// Included.
  fileprivate let from: Timestamp
  /// Not included.
  fileprivate let to: Timestamp
  fileprivate let filters: LinkFilters?

  /// Throws where the filter makes no sense for the frame's link.
  func admits(_ frame: borrowing Frame) throws(PacketFilterError) -> Bool {
    // Without an end, a time that is too far ahead to be held is let through as well.
    guard from <= frame.time, frame.time < to || to == .distantFuture else { return false }
    return try filters?.matches(frame) ?? true
  }
}

/// One expression, compiled for each link type that occurs.
final class LinkFilters {
  /// Links for which an expression may make sense: it is wrong where it does for none.
  private static let usualLinks: [LinkType] = [.ethernet, .radiotap, .wifi, .linuxSLL2, .raw, .ppp]

  private let expression: String
  private var filters: [LinkType: PacketFilter] = [:]
  /// Most recordings have one link: spares the look-up.
  private var last: PacketFilter?

  init(_ expression: String) { self.expression = expression }

  static func check(_ expression: String) throws(PacketFilterError) {
    var first: PacketFilterError?
    for link in usualLinks {
      do throws(PacketFilterError) {
        _ = try PacketFilter(expression, linkType: link)
        return
      } catch { first = first ?? error }
    }
    if let first { throw first }
  }

  func matches(_ frame: borrowing Frame) throws(PacketFilterError) -> Bool {
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
