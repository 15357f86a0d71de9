import Detection
import Documents
import Store

/// Every text of the page, in English.
enum Words {
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

  static let now = "Now"
  static let cases = "Cases"
  static let devices = "Devices"
  static let rooms = "Rooms"
  static let coverage = "Coverage"
  static let deliveries = "Deliveries"
  static let signatures = "Signatures"
  static let audit = "Who did what"
  static let signOut = "Sign out"
  static let signIn = "Sign in"
  static let skip = "Skip to the content"

  // MARK: Signing in

  static let name = "Name"
  static let password = "Password"
  static let choosePassword = "Choose a password"
  static let passwordRule = "At least 8 characters. Three words that nobody would guess are better than one with signs in it."
  static let wrongPassword = "The name or the password is wrong."
  static let begin = "Save and sign in"
  static let deadInvitation = "This invitation does not work. It was used already, or it is older than 30 minutes. Ask for another."
  static let deadWall =
    "This link does not work. It was used already, or it is older than 30 minutes. Make another with: lenscap tokens add NAME --scope wall"
  static let noManager =
    "Nobody can sign in yet. On the machine that runs Lenscap, invite the first manager with: lenscap users invite NAME --role manager"
  static func welcome(_ name: String, _ role: DeskRole) -> String { "Welcome, \(name). You are invited as \(role.rawValue)." }

  // MARK: Errors

  static let forbidden = "Your role does not allow this. Ask a manager."
  static let notFound = "There is nothing at this address."
  static let tooLarge = "This is too large: at most 1 MiB is taken."
  static let tooSlow = "This took too long. Please try again."
  static let tooManyAttempts = "Too many attempts. Please wait a moment and try again."
  static let unauthorized = "Sign in, or send a token: Authorization: Bearer TOKEN"
  static let unknownHost = "The page does not answer under this name. Its name is serve.public_url in the configuration, or its address."
  static let notFromThePage = "This form did not come from this page, or the page is too old. Go back, load it again, and repeat."
  static let methodNotAllowed = "This address does not take this method."
  static let badRequest = "This request cannot be read."
  static let failed = "Something failed. The log of lenscap-serve says more."
  static let tooManyListeners = "Too many pages are open. Please try again later."
  static func tooLong(_ key: String, _ limit: Int) -> String { "\(key) is longer than \(limit) bytes." }
  static let badTime = "expires is no time; write 2026-12-31, or a time as in RFC 3339."
  static let expired = "expires is in the past."
  static let badJSON = "The body must be a JSON object whose values are texts."
  static func badQuery(_ key: String, _ expected: String) -> String { "\(key) cannot be used, expected \(expected)." }
  static let reasonMissing = "A reason is needed: it stays with the case for ever."
  static let toMissing = "Say who is sent."
  static func faster(_ who: String, _ what: String) -> String { "\(who) was faster: the case is \(what). Load it again before you decide." }
  static let changed = "The case has changed since you loaded it. Load it again before you decide."
  static let noMAC = "This device has no MAC address that could be declared. Use: lenscap known add"
  static func secondManager(_ who: String) -> String { "\(who) proposed this. A second manager must agree." }
  static func sent(_ to: String, _ note: String?) -> String { "sent: \(to)" + (note.map { "; \($0)" } ?? "") }

  // MARK: Cases

  static let openCases = "Open cases"
  static let blindNow = "Blind rooms"
  static let noCases = "No case is open."
  static func more(_ count: Int) -> String { "and \(plural(count, "more case") ?? "")" }
  static let ours = "It is ours"
  static let send = "Send someone"
  static let evidence = "Evidence"
  static let notACamera = "Not a camera"
  static let reopen = "Open again"
  static let take = "I take it"
  static let reason = "Reason, which stays with the case for ever"
  static let owner = "Whose is it?"
  static let place = "Where is it?"
  static let expires = "Until when? Empty: for ever"
  static let who = "Who goes?"
  static let note = "Note"
  static let declareNow = "Declare it"
  static let sendNow = "Send"
  static let dismissNow = "Close the case"
  static let agree = "Agree"
  static let withdraw = "Do not agree, and keep the case open"
  static func proposal(_ who: String, _ action: String, _ note: String) -> String {
    "\(who) says that \(action == "declare" ? "it is yours" : "it is no camera"): “\(note)”. A second manager must agree."
  }
  static let reasons = "Why it is taken for a camera"
  static func moreReasons(_ count: Int) -> String { "and \(plural(count, "more reason") ?? "")" }
  static let timeline = "What happened"
  static let traffic = "Traffic over time"
  static func picture(_ picture: TrafficPicture) -> String {
    let span = "\(picture.start.dayAndTime(utc: false)) to \(picture.end.dayAndTime(utc: false)), in steps of \(picture.step)"
    return
      "Upwards what it sends, at most \(bitRate(picture.peakUp)); downwards what it receives, at most \(bitRate(picture.peakDown)). \(span)."
  }
  static let noReasons = "The reasons are not stored any more."
  static func assigned(_ to: String, _ by: String) -> String { "\(to) was sent by \(by)." }
  static let nobody = "Nobody takes care of it yet."
  static func taken(_ who: String) -> String { "\(who) takes care of it." }
  static func here(_ time: String) -> String { "Still there: last packet \(time)." }
  static func gone(_ time: String) -> String { "Silent: last packet \(time)." }
  static let unknownPresence = "It is not known whether it is still there."
  static func watchers(_ names: [String]) -> String { "Its picture goes to \(listed(names))." }
  static let noWatchers = "Nobody was seen to watch it."
  static let noRoom = "Room unknown"
  static func network(_ name: String) -> String { name == "untagged" ? "Main network" : "Network \(name)" }
  static let since = "since"
  static func since(_ time: String) -> String { "since \(time)" }
  static let appeared = "appeared"
  static func moved(_ room: String) -> String { "was in \(room)" }
  static let statusWords = [
    "open": "open", "acknowledged": "taken", "snoozed": "snoozed", "dismissed": "not a camera", "declared": "declared as ours",
  ]
  /// What stands in the history of an alert, in words.
  static let history = [
    "raised": "an alert was raised", "surer": "it became more certain", "reopened": "opened again", "paper-made": "a paper was made",
  ]
  static func by(_ who: String) -> String { "by \(who)" }

  // MARK: Lists

  static let search = "Search"
  static let filter = "Show"
  static let room = "Room"
  static let all = "all"
  static let next = "Older"
  static let further = "More"
  static let shown = "Shown"
  static let metHere = "met here"
  static func loaded(_ count: Int, met: Int) -> String {
    guard let signatures = plural(count, "signature") else { return "The watch has not written down its signatures yet." }
    return "The watch has \(signatures) in force; devices here have met \(met) of them."
  }
  static let asTable = "As a table (CSV)"
  static let nothing = "Nothing to show."
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
