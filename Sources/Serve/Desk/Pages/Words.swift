import Detection
import Documents
import Store
import WebDesk

/// Texts of the page that central does not have, in English.
extension Words {
  // MARK: The answer

  static let noCamera = "No undeclared camera."
  static func cameras(_ count: Int) -> String { "\(plural(count, "undeclared camera") ?? "")." }
  static func roomsWatched(_ watched: Int, _ all: Int) -> String {
    "\(watched) of \(plural(all, "room") ?? "0 rooms") watched in the last hour"
  }
  static func blindRooms(_ count: Int) -> String { count == 1 ? "1 is blind" : "\(count) are blind" }
  static func networksWatched(_ count: Int, devices: Int) -> String {
    let seen = plural(devices, "device") ?? "no device"
    guard count > 0 else { return "No network had traffic in the last hour; \(seen) sent something within a day." }
    return "\(plural(count, "network") ?? "") watched in the last hour; \(seen) sent something within a day."
  }
  static func notWatching(since: String?) -> String {
    since.map { "Nobody is watching: the last sign of life of the watch came \($0) ago." } ?? neverWatched
  }
  static let neverWatched = "Nobody is watching: the watch has not run yet."

  static func why(_ room: RoomCoverage, at now: Timestamp) -> String {
    let ago = room.lastFrame.map { Answer.ago($0, now) }
    return switch room.reason {
    case .neverSeen: "has never sent anything"
    case .quiet: "has sent nothing" + (ago.map { " for \($0)" } ?? " yet")
    case .interfaceGone: "is on an interface that is gone" + (ago.map { " for \($0)" } ?? "")
    case .packetsLost: "lost too many packets"
    case .notRunning, nil: "was not watched" + (ago.map { " for \($0)" } ?? "")
    }
  }

  // MARK: Navigation

  static let now = firstPage
  static let coverage = "Coverage"
  static let deliveries = "Deliveries"
  static let signatures = "Signatures"

  // MARK: Signing in

  static let deadWall =
    "This link does not work. It was used already, or it is older than 30 minutes. Make another with: lenscap tokens add NAME --scope wall"
  static let noManager =
    "Nobody can sign in yet. On the machine that runs Lenscap, invite the first manager with: lenscap users invite NAME --role manager"

  // MARK: Errors

  static let unknownHost = "The page does not answer under this name. Its name is serve.public_url in the configuration, or its address."
  static let noMAC = "This device has no MAC address that could be declared. Use: lenscap known add"
  static func secondManager(_ who: String) -> String { "\(who) proposed this. A second manager must agree." }
  static func sent(_ to: String, _ note: String?) -> String { "sent: \(to)" + (note.map { "; \($0)" } ?? "") }

  // MARK: Cases

  static let blindNow = "Blind rooms"
  static func more(_ count: Int) -> String { "and \(plural(count, "more case") ?? "")" }
  static func proposal(_ who: String, _ action: String, _ note: String) -> String {
    "\(who) says that \(action == "declare" ? "it is yours" : "it is no camera"): “\(note)”. A second manager must agree."
  }
  static func moreReasons(_ count: Int) -> String { "and \(plural(count, "more reason") ?? "")" }
  static let traffic = "Traffic over time"
  static func picture(_ picture: TrafficPicture) -> String {
    let span = "\(picture.start.dayAndTime(utc: false)) to \(picture.end.dayAndTime(utc: false)), in steps of \(picture.step)"
    return
      "Upwards what it sends, at most \(bitRate(picture.peakUp)); downwards what it receives, at most \(bitRate(picture.peakDown)). \(span)."
  }
  static func here(_ time: String) -> String { "Still there: last packet \(time)." }
  static func gone(_ time: String) -> String { "Silent: last packet \(time)." }
  static let unknownPresence = "It is not known whether it is still there."
  static func watchers(_ names: [String]) -> String { "Its picture goes to \(listed(names))." }
  static let noWatchers = "Nobody was seen to watch it."
  static let noRoom = "Room unknown"
  static func network(_ name: String) -> String { name == "untagged" ? "Main network" : "Network \(name)" }
  static let appeared = "appeared"
  static func moved(_ room: String) -> String { "was in \(room)" }
  /// What stands in the history of an alert, in words.
  static let history = [
    "raised": "an alert was raised", "surer": "it became more certain", "reopened": "opened again", "paper-made": "a paper was made",
  ]

  // MARK: Lists

  static let metHere = "met here"
  static func loaded(_ count: Int, met: Int) -> String {
    guard let signatures = plural(count, "signature") else { return "The watch has not written down its signatures yet." }
    return "The watch has \(signatures) in force; devices here have met \(met) of them."
  }
  static let camerasOnly = "You see cameras, and devices that may be one. Guests' devices are for managers."
  static func watched(_ hours: Int, _ all: Int) -> String { "watched in \(hours) of \(all) hours" }
  static func floor(_ number: Int) -> String { "Floor \(number)" }
  static let otherRooms = "Other rooms"
  /// What stands in the log, in words.
  static func deed(_ action: String) -> String {
    let words = [
      "accepted": "chose a password", "reset": "reset the password", "removed": "removed the account", "held": "put on hold",
      "released": "released from hold", "handed-out": "handed out packets with media", "erased": "erased a device",
      "exported": "saved a table",
    ]
    return words[action] ?? action.replacing("-", with: " ")
  }
  static let auditLead =
    "What people did on this page, by messages and on the box itself. Nobody can change or delete what was done on this page."
  static let whoWasThere = "Who was there when"
  static let trafficQuestion = "Can I see guests' traffic?"
  static let guide = "docs/watching.md says how to make a switch or access point show it."
  static let onlyWrong = "Shows only what is wrong."
}
