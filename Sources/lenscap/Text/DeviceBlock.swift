import Detection
import Documents

/// Text about one camera: name, place, time, class, traffic, and the reasons with their packet numbers.
struct DeviceBlock {
  struct Context {
    let files: [String]
    let makers: OUIRegistry
    let utc: Bool
    let style: Style
  }

  /// Reasons shown; the JSON output has all of them.
  private static let reasonLimit = 12
  private static let reasonWidth = 96

  private let device: Device
  private let context: Context

  init(_ device: Device, context: Context) {
    self.device = device
    self.context = context
  }

  var text: String {
    let reasons = device.evidence.filter { $0.signature.says != .vendor }
    let width = reasons.prefix(Self.reasonLimit).map { $0.reason.forPeople(limit: Self.reasonWidth).count }.max() ?? 0
    let shown = reasons.prefix(Self.reasonLimit).map { reason($0, width: width) }
    let more = reasons.count > shown.count ? [indent + "… and \(reasons.count - shown.count) more reasons (all with --format json)"] : []
    let about = [presence, device.classSentence(withPackets: true), device.traffic?.sentence(utc: context.utc, at: device.lastSeen)]
    return ([title] + about.compactMap { $0 }.map { indent + $0 } + shown + more).joined(separator: "\n")
  }

  private let indent = String(repeating: " ", count: 10)

  private var label: String {
    if device.isDeclared { return context.style.faint("DECLARED") }
    let label = device.shortLabel.padded(right: 8)
    return device.verdict == .camera && device.role != .relay ? context.style.alarm(label) : context.style.warning(label)
  }

  private var title: String {
    let address = device.addresses.first?.description ?? "no address"
    let mac = device.id.mac.isNone ? "" : "  " + device.id.mac.description.uppercased()
    let room = device.room.map { "  in \(context.style.strong($0.forPeople()))" } ?? ""
    let place = (device.id.segment == .untagged ? "" : "  on \(device.id.segment)") + room
    let percent = String(((device.confidence * 1000).rounded(.down) / 10))
    return "\(label)  \(context.style.strong(address))\(mac)\(place)  \(name)  \(percent) %"
  }

  private var name: String {
    let maker = device.vendor ?? context.makers.name(of: device.id.mac) ?? "maker unknown"
    let kind = device.kind.flatMap { ["camera", "recorder"].contains($0) ? nil : "(\($0))" }
    return [maker, device.model, kind].compactMap { $0?.forPeople() }.joined(separator: " ")
  }

  private var presence: String {
    let since = "here since \(device.firstSeen.clock(utc: context.utc))"
    let name = device.hostname.map { ", name “\($0.forPeople())”" } ?? ""
    let streams = device.streams.sorted { $0.bytes > $1.bytes }.prefix(3).map { stream -> String in
      let seconds = Swift.max(stream.lastSeen.seconds(since: stream.firstSeen), 0)
      let rate = seconds >= 1 ? ", \(bitRate(Double(stream.bytes) * 8 / seconds))" : ""
      return "; streaming to \(stream.peer) for \(duration(seconds)) (\(stream.name)\(rate))"
    }
    return since + name + streams.joined()
  }

  private func reason(_ evidence: Evidence, width: Int) -> String {
    let file =
      context.files.count > 1 && Int(evidence.packet.file) < context.files.count ? " of \(context.files[Int(evidence.packet.file)])" : ""
    let times = evidence.count > 1 ? ", \(evidence.count) times" : ""
    let strength =
      (evidence.strength?.rawValue ?? (evidence.signature.says == .notCamera ? "against" : evidence.signature.says.rawValue))
    let words = evidence.reason.forPeople(limit: Self.reasonWidth)
    return indent + words.padded(right: width) + "  " + strength.padded(right: 8) + "  packet \(evidence.packet.number)\(file)\(times)"
  }
}
