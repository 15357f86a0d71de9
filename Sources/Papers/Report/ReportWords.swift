import Detection
import Documents

/// Sentences of a report about one device.
struct ReportWords {
  let device: Device
  let makers: OUIRegistry
  let utc: Bool

  /// `192.168.1.37 (B0:C5:54:25:5B:0E), D-Link DCS-935L`
  var name: String {
    let address = device.addresses.first?.description
    let mac = device.id.mac.isNone ? nil : device.id.mac.description.uppercased()
    let place = address.map { address in address + (mac.map { " (\($0))" } ?? "") } ?? mac ?? device.id.description
    let make = [device.vendor ?? makers.name(of: device.id.mac), device.model].compactMap { $0?.forPeople() }.joined(separator: " ")
    return place + (make.isEmpty ? "" : ", \(make)")
  }

  var isCamera: Bool { device.mayBeCamera }

  /// The answer in one sentence.
  ///
  /// - Parameter status: of the alert; nil in a replay.
  func answer(status: String?) -> String {
    let room = device.room.map { ", in \($0.forPeople())" } ?? ""
    let span = "seen from " + Timestamp.span(device.firstSeen, device.lastSeen, utc: utc)
    let end = "\(name)\(room), \(span)"
    guard isCamera else { return "Nothing shows that this device is a camera: \(end)." }
    let label = device.label.forPeople()
    if device.isDeclared { return "A \(label) that the property declared as its own: \(end)." }
    let state =
      switch status {
      case "dismissed"?: " Somebody decided that it is no camera."
      case "declared"?: " It was declared as the property's own afterwards."
      case "acknowledged"?: " Somebody is dealing with it."
      default: ""
      }
    return "A \(label) that nobody declared: \(end).\(state)"
  }

  /// How certain it is.
  var certainty: String {
    let percent = String((device.confidence * 1000).rounded(.down) / 10)
    let words =
      switch device.verdict {
      case .camera: "certain for practical purposes"
      case .probable: "probable: somebody should look"
      case .possible: "possible: a hint, no more"
      case .none: device.role == .relay ? "a base station by its role" : "not enough for a suspicion"
      }
    return "\(words) (\(percent) %, by the weight of all reasons together)"
  }

  /// `proves it`, `strong` …
  static func weight(_ evidence: Evidence) -> String {
    if evidence.signature.says == .notCamera { return "against" }
    return switch evidence.strength {
    case .some(let strength): strength.rawValue
    case nil: evidence.signature.says.rawValue
    }
  }

  /// `2026-11-24 14:03:11`, with the day, because a report is read years later.
  static func time(_ time: Timestamp, utc: Bool) -> String { "\(time.day(utc: utc)) \(time.clock(utc: utc))" }
}
