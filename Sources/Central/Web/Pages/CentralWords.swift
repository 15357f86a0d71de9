import WebDesk

/// Texts of the pages that only central has.
enum CentralWords {
  static let properties = "Properties"
  static let property = "Property"
  static let boxes = "Boxes"
  static let box = "Box"
  static let version = "Version"
  static let state = "State"
  static let severity = "Severity"

  static let wrongPassword = "The chain, the name or the password is wrong."
  static let wrongToken = "There is no such token."
  static let token = "Token"
  static let withToken = "Sign in with a token"
  static let tokenText = "Tokens are for programs; a page that is opened with one may do what the token may."
  static let noteMissing = "Write a note."
  static let settled =
    "The property took this case back: it was no camera, or somebody there decided. There is nothing left to decide here."

  static let worstFirst = "The worst first: properties whose boxes are away or do not watch, then those with open cases."
  static let noProperty = "No property is enrolled."
  static let nothingFits = "No property fits."
  static func sentence(_ figures: CentralFigures) -> String {
    guard figures.properties > 0 else { return noProperty }
    let of = "of \(figures.properties) \(figures.properties == 1 ? "property" : "properties")"
    let cases =
      figures.cases == 0
      ? "No undeclared camera."
      : "\(figures.cases) undeclared \(figures.cases == 1 ? "camera" : "cameras"), at \(figures.withCases) \(of)."
    let watched =
      figures.blind == 0
      ? "All properties are watched."
      : "\(figures.properties - figures.blind) \(of) watched; \(figures.blind) \(figures.blind == 1 ? "is" : "are") blind."
    return "\(cases) \(watched)"
  }

  static let stateWords = ["blind": "blind", "open": "camera found", "clear": "watched"]
  static func blind(since time: String?) -> String { time.map { "blind, last heard \($0) ago" } ?? "blind, never heard" }
  static let notWatching = "blind: the box is there, its watch does not run"
  static let watching = "watching"

  static let statusWords = Words.statusWords.merging(["cleared": "taken back by the property"]) { $1 }
  static let atPropertyOnly =
    "What you decide here stands at central only: the box of the property goes on as before. To make a camera known to the boxes of a "
    + "property, declare it with: lenscap-central declare"
  static func atProperty(_ status: String) -> String { "At the property: \(status)." }
  static let elsewhere = "The same device at other properties"
  static func seenAt(_ count: Int) -> String { "This device was at \(count) properties." }
  static let several = "At several properties"
  static let anywhere = "anywhere"
  static let atTwo = "at two or more"
  static let noPerson = "Cameras and recorders that boxes report. Guests' devices stay at the property."
  static let boxesLead = "What each box said of itself last."
  static let auditLead =
    "What people and programs of this chain did, on this page and by commands. Nobody can change or delete a row."
  static let blindHours = "Rooms, and the hours of the last day in which they were watched"
  static func watched(_ hours: String, _ all: String) -> String { "watched in \(hours) of \(all) hours" }
  static let gone = "The box took its documents back; that there was a case stays."
  static let noRoom = "room unknown"

  static let evidence = "Evidence"
  static let evidenceLead =
    "The box makes a signed pack of this case, without anybody but the camera. It comes when the box is online, mostly within a minute."
  static let askEvidence = "Ask the box for a pack"
  static let evidenceStates = [
    "asked": "asked; reload to see", "made": "download", "failed": "failed", "refused": "refused", "expired": "no answer",
  ]

  static let releases = "Releases"
  static let releasesLead =
    "Signatures and software on their way to boxes: to 1 %, 10 %, then all of them. They are made, stopped and resumed with: "
    + "lenscap-central release"
  static func boxes(_ taken: Int, _ chosen: Int, _ refused: Int) -> String {
    "\(taken) of \(chosen) chosen" + (refused > 0 ? ", \(refused) refused" : "")
  }

  /// What stands in the log and in histories, in words.
  ///
  /// - Parameter isCase: false for what is about no case.
  static func deed(_ action: String, isCase: Bool = true) -> String {
    if action == "declared", !isCase { return "declared cameras of a site" }
    let words = [
      "accepted": "chose a password", "reset": "reset a password", "removed": "removed an account", "exported": "saved a table",
      "noted": "wrote a note", "acknowledged": "took it", "assigned": "sent", "dismissed": "not a camera",
      "declared": "declared as ours", "reopened": "opened again", "raised": "an alert was raised", "surer": "it became more certain",
      "cleared": "no longer taken for a camera", "code-made": "made a code", "back": "back on the network",
    ]
    return words[action] ?? action.replacing("-", with: " ")
  }
}
