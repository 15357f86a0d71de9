import ArgumentParser
import Capture
import Detection
import Documents
import Serve
import Store

struct TokensCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Make tokens for programs that use the API, and for screens on walls.",
    discussion: """
      A token for programs goes into the header Authorization: Bearer TOKEN. With the scope read it reads lists and events, but no guests' \
      devices; with act it also decides about cases.

      With the scope wall, the path of a link is printed, which works once, within 30 minutes: open it on the screen.

      Examples:
        lenscap tokens add siem --scope read
        lenscap tokens add lobby --scope wall
        lenscap tokens remove siem
      """,
    subcommands: [Add.self, List.self, Remove.self], defaultSubcommand: List.self)

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make a token, and print it this once.")

    @Argument(help: "Its name, as it will stand in the history.") var name: String
    @Option(help: ArgumentHelp("What it is for: read, act or wall.", valueName: "scope")) var scope: TokenScope
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, base) = try database.accounts()
      let secret = try withAccountErrors { try store.addToken(name, scope: scope, by: userOnTheBox, at: .now) }
      guard scope == .wall else { return printOut(secret) }
      printError("open it on the screen within 30 minutes: \(base)/wall/…")
      printOut("/wall/\(secret)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List tokens, without their secrets.")

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let store = try database.accountsToRead()
      let tokens = try withStoreErrors { () throws(StoreError) in try store?.tokens() ?? [] }
      if list.printJSON(tokens.map(TokenDocument.init)) { return }
      guard !tokens.isEmpty else { return printOut("No tokens.") }
      let rows = tokens.map {
        [$0.name, $0.scope.rawValue, $0.created.dayAndTime(utc: list.utc), $0.used.map { $0.dayAndTime(utc: list.utc) } ?? "never"]
      }
      printOut(TextTable(header: ["name", "scope", "made", "last used"], rows: rows).lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "End a token, or a screen on a wall.")

    @Argument(help: "Its name.") var name: String
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, _) = try database.accounts()
      try withAccountErrors { try store.removeToken(name, by: userOnTheBox, at: .now) }
      printOut("\(name): removed")
    }
  }
}

private struct TokenDocument: Encodable {
  let name: String
  let scope: String
  let created: String
  @OrNull var used: String?

  init(_ token: APIToken) {
    name = token.name
    scope = token.scope.rawValue
    created = token.created.rfc3339
    used = token.used?.rfc3339
  }
}
