import ArgumentParser
import Capture
import Detection
import Documents

/// Selects packets of a recording.
struct SelectionOptions: ParsableArguments, Sendable {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Read only packets that match this BPF expression (as in tcpdump). Packet numbers remain those of the file.",
      valueName: "expression"))
  var filter: String?

  @Option(
    help: ArgumentHelp(
      """
      Read only packets from this time on: 2026-11-24T14:00:00Z, or with an offset such as +01:00, or without either for the local \
      zone (UTC with --utc); or 14:00 or 14:00:05 on the day of the first packet.
      """, valueName: "time"),
    transform: TimeArgument.init(argument:))
  var from: TimeArgument?

  @Option(
    help: ArgumentHelp("Read only packets before this time, in the same form.", valueName: "time"), transform: TimeArgument.init(argument:))
  var to: TimeArgument?

  func validate() throws {
    guard let filter else { return }
    do { try LinkFilters.check(filter) } catch { throw ValidationError("\(error)") }
  }

  /// The selection for a recording that starts at this time.
  func selection(startingAt start: Timestamp?, utc: Bool) throws(UsageError) -> PacketSelection {
    let day = start ?? .zero
    let (first, end) = (from?.time(onDayOf: day, utc: utc) ?? .distantPast, to?.time(onDayOf: day, utc: utc) ?? .distantFuture)
    guard first < end else {
      throw UsageError(
        message: "--from \(first.rfc3339) is not before --to \(end.rfc3339); a time without a day is on the day of the first packet.")
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

  /// Throws if the filter cannot apply to the frame's link.
  func admits(_ frame: borrowing Frame) throws(PacketFilterError) -> Bool {
    // `distantFuture` stands for times too large to represent: without --to, those are admitted too.
    guard from <= frame.time, frame.time < to || to == .distantFuture else { return false }
    return try filters?.matches(frame) ?? true
  }
}
