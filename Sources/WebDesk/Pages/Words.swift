/// Texts of pages, in English.
public enum Words {
  // MARK: Signing in

  public static let signOut = "Sign out"
  public static let signIn = "Sign in"
  public static let skip = "Skip to the content"
  public static let name = "Name"
  public static let password = "Password"
  public static let choosePassword = "Choose a password"
  public static let passwordRule = "At least 8 characters. Three words that nobody would guess are better than one with signs in it."
  public static let wrongPassword = "The name or the password is wrong."
  public static let begin = "Save and sign in"
  public static let deadInvitation = "This invitation does not work. It was used already, or it is older than 30 minutes. Ask for another."
  /// Whose properties a page of several chains shows.
  public static let chain = "Chain"
  public static func welcome(_ name: String, _ role: DeskRole) -> String { "Welcome, \(name). You are invited as \(role.rawValue)." }

  // MARK: Errors

  public static let forbidden = "Your role does not allow this. Ask a manager."
  public static let notFound = "There is nothing at this address."
  public static let tooLarge = "This is too large: at most 1 MiB is taken."
  public static let tooSlow = "This took too long. Please try again."
  public static let tooManyAttempts = "Too many attempts. Please wait a moment and try again."
  public static let unauthorized = "Sign in, or send a token: Authorization: Bearer TOKEN"
  public static let notFromThePage = "This form did not come from this page, or the page is too old. Go back, load it again, and repeat."
  public static let methodNotAllowed = "This address does not take this method."
  public static let badRequest = "This request cannot be read."
  public static let tooManyListeners = "Too many pages are open. Please try again later."
  public static func tooLong(_ key: String, _ limit: Int) -> String { "\(key) is longer than \(limit) bytes." }
  public static let badTime = "expires is no time; write 2026-12-31, or a time as in RFC 3339."
  public static let badJSON = "The body must be a JSON object whose values are texts."
  public static func badQuery(_ key: String, _ expected: String) -> String { "\(key) cannot be used, expected \(expected)." }
  public static let reasonMissing = "A reason is needed: it stays with the case for ever."
  public static let toMissing = "Say who is sent."
  public static let changed = "The case has changed since you loaded it. Load it again before you decide."
  public static let expired = "expires is in the past."
  public static func faster(_ who: String, _ what: String) -> String {
    "\(who) was faster: the case is \(what). Load it again before you decide."
  }

  // MARK: Lists

  public static let firstPage = "Now"
  public static let search = "Search"
  public static let filter = "Show"
  public static let all = "all"
  public static let next = "Older"
  public static let further = "More"
  public static let shown = "Shown"
  public static let asTable = "As a table (CSV)"
  public static let nothing = "Nothing to show."
  public static let cases = "Cases"
  public static let devices = "Devices"
  public static let rooms = "Rooms"
  public static let audit = "Who did what"
  public static let room = "Room"

  // MARK: Cases

  public static let openCases = "Open cases"
  public static let noCases = "No case is open."
  public static let ours = "It is ours"
  public static let send = "Send someone"
  public static let notACamera = "Not a camera"
  public static let reopen = "Open again"
  public static let take = "I take it"
  public static let reason = "Reason, which stays with the case for ever"
  public static let owner = "Whose is it?"
  public static let place = "Where is it?"
  public static let expires = "Until when? Empty: for ever"
  public static let who = "Who goes?"
  public static let note = "Note"
  public static let addNote = "Add a note"
  public static let declareNow = "Declare it"
  public static let sendNow = "Send"
  public static let dismissNow = "Close the case"
  public static let evidence = "Evidence"
  public static let agree = "Agree"
  public static let withdraw = "Do not agree, and keep the case open"
  public static let reasons = "Why it is taken for a camera"
  public static let timeline = "What happened"
  public static let noReasons = "The reasons are not stored any more."
  public static func assigned(_ to: String, _ by: String) -> String { "\(to) was sent by \(by)." }
  public static let nobody = "Nobody takes care of it yet."
  public static func taken(_ who: String) -> String { "\(who) takes care of it." }
  public static let since = "since"
  public static func since(_ time: String) -> String { "since \(time)" }
  public static func by(_ who: String) -> String { "by \(who)" }
  public static let statusWords = [
    "open": "open", "acknowledged": "taken", "snoozed": "snoozed", "dismissed": "not a camera", "declared": "declared as ours",
  ]

  static func failed(_ program: String) -> String { "Something failed. The log of \(program) says more." }
}
