import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Serve
import Store
import WebDesk

struct UsersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users",
    abstract: "Invite people to the page of `serve`, and list or remove them.",
    discussion: """
      The page needs the key dashboard of the configuration. There is no default password: the first manager is invited here.

      A viewer looks. Staff also take cases and send people. A manager also decides what is a camera of the house, sees guests' devices, and \
      reads who did what.

      Examples:
        lenscap users invite maria --role manager
        lenscap users reset maria                 a forgotten or stolen password
        lenscap users
        lenscap users page                        where the page is, and the fingerprint of its certificate
      """,
    subcommands: [Invite.self, List.self, Page.self, Remove.self, Reset.self], defaultSubcommand: List.self)

  struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "invite", abstract: "Print a link by which a person chooses a password.",
      discussion: "It works once, within 30 minutes. Whoever has it gets the account: pass it on by hand.")

    @Argument(help: "The person's name, as it will stand in the history of cases.") var name: String
    @Option(help: ArgumentHelp("What the person may do: viewer, staff or manager.", valueName: "role")) var role: DeskRole
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, base) = try database.accounts()
      let secret = try withAccountErrors { try store.invite(name, role: role, by: userOnTheBox, at: .now) }
      printOut("\(base)/invite/\(secret)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List who may sign in, and who was invited.")

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let store = try database.accountsToRead()
      let users = try withStoreErrors { () throws(StoreError) in try store?.users() ?? [] }
      if list.printJSON(users.map(UserDocument.init)) { return }
      guard !users.isEmpty else { return printOut("Nobody may sign in. Invite a manager: lenscap users invite NAME --role manager") }
      let rows = users.map { user in
        [
          user.name, user.role.rawValue, user.hasPassword ? "active" : "invited",
          user.signedIn.map { $0.dayAndTime(utc: list.utc) } ?? "never",
        ]
      }
      printOut(TextTable(header: ["name", "role", "state", "last signed in"], rows: rows).lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Page: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "page", abstract: "Print where the page is, and the SHA-256 fingerprint of its certificate.",
      discussion: """
        Compare the fingerprint with the one that a browser shows. Where there is no certificate yet, it is made.

        Exit status: 0; 64 no page in the configuration; 65 the certificate cannot be used or made.
        """)

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let configuration = try database.configuration.load()
      let settings = configuration.settings
      guard settings.dashboard != nil else { throw usageError("the configuration has no dashboard: there is no page.") }
      try database.becomeServe(settings)
      do {
        guard let page = try PageIdentity(settings, serveDatabase: database.servePath(settings), clock: { .now }) else { return }
        printOut(page.address + (page.fingerprint.map { " sha256 \($0)" } ?? " without TLS"))
      } catch {
        printError("lenscap: \(error)")
        throw ExitStatus.unreadableInput.code
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "Take an account away, and end its sessions. What the person did stays on record.")

    @Argument(help: "The person's name.") var name: String
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, _) = try database.accounts()
      try withAccountErrors { try store.removeUser(name, by: userOnTheBox, at: .now) }
      printOut("\(name): removed")
    }
  }

  struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reset", abstract: "Take a password away, end all sessions, and print a link for a new one.")

    @Argument(help: "The person's name.") var name: String
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, base) = try database.accounts()
      let secret = try withAccountErrors { try store.reset(name, by: userOnTheBox, at: .now) }
      printOut("\(base)/invite/\(secret)")
    }
  }
}

extension DeskRole: ExpressibleByArgument {}
extension TokenScope: ExpressibleByArgument {}

private struct UserDocument: Encodable {
  let name: String
  let role: String
  let active: Bool
  let created: String
  @OrNull var signedIn: String?

  private enum CodingKeys: String, CodingKey {
    case name, role, active, created
    case signedIn = "signed_in"
  }

  init(_ user: DeskUser) {
    name = user.name
    role = user.role.rawValue
    active = user.hasPassword
    created = user.created.rfc3339
    signedIn = user.signedIn?.rfc3339
  }
}

extension DatabaseOptions {
  /// The database of the accounts, made if there is none, and the address at which the page is.
  func accounts() throws -> (store: ServeStore, address: String) {
    let settings = try configuration.load().settings
    let path = servePath(settings)
    let exists = unsafe access(path, F_OK) == 0
    if exists, unsafe access(path, W_OK) != 0 { throw Self.noRights(path, "write") }
    try becomeServe(settings)
    if settings.dashboard == nil { printError("lenscap: the configuration has no dashboard: there is no page yet") }
    return try withStoreErrors { () throws(StoreError) in
      let store = try ServeStore(path: path, create: !exists)
      let (present, own) = (try store.pageAddress(), settings.dashboard.pageAddress)
      // Where any port will do, only the running page knows which it has.
      return (store, settings.serve.publicURL ?? (own.hasSuffix(":0") ? present ?? own : own))
    }
  }

  /// Nil if there is no database of `serve` yet.
  func accountsToRead() throws -> ServeStore? {
    let path = servePath(try configuration.load().settings)
    guard unsafe access(path, R_OK) != 0 else { return try withStoreErrors { () throws(StoreError) in try ServeStore(readingOnly: path) } }
    if errno == ENOENT { return nil }
    throw Self.noRights(path, "read")
  }
}

extension DashboardSettings? {
  /// Where the page will be once `serve` runs.
  fileprivate var pageAddress: String {
    let listen = (self ?? DashboardSettings()).listen
    return listen.hasPrefix(DashboardSettings.plainScheme) ? listen : "https://\(listen)"
  }
}

/// Changes accounts, and ends the program with a clear message if that fails.
func withAccountErrors<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let problem as AccountProblem {
    throw usageError("\(problem).")
  } catch let error as StoreError {
    throw DatabaseOptions.ended(error)
  }
}
