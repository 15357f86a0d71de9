import ArgumentParser
import Central

struct Enroll: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a code for a new gateway, and print it this once.",
    discussion: """
      On the box: lenscap enroll CODE --url URL. The code works once, within 24 hours. With --count it works as often, within --days: \
      for boxes \
      that are sent to a site before anybody knows which is which. Tenant and site are made if they are new. With --replaces the new \
      gateway takes over from one of the site that broke: it gets that one's cases and history, and the old one is revoked.

      Examples:
        lenscap-central enroll --tenant alpha --site paris-opera
        lenscap-central enroll --tenant alpha --site depot --count 50 --days 30
        lenscap-central enroll --tenant alpha --site paris-opera --replaces gw-0123456789abcdef
      """)

  @Option(help: ArgumentHelp("Whose gateway it is: a-z, 0-9, -.", valueName: "name")) var tenant: String
  @Option(help: ArgumentHelp("Where it is: a-z, 0-9, -.", valueName: "name")) var site: String
  @Option(help: ArgumentHelp("How many gateways may use it, up to 10000.", valueName: "number")) var count = 1
  @Option(help: ArgumentHelp("How many days it works, up to 365.", valueName: "number")) var days = 1
  @Option(help: ArgumentHelp("The gateway of this site whose place it takes.", valueName: "gateway")) var replaces: String?

  func validate() throws {
    guard (1...10_000).contains(count) else { throw ValidationError("--count: expected 1 to 10000.") }
    guard (1...365).contains(days) else { throw ValidationError("--days: expected 1 to 365.") }
    guard replaces == nil || count == 1 else { throw ValidationError("--replaces: one gateway takes the place of one; leave --count out.") }
  }

  func run() throws {
    try withErrors {
      let (code, made) = try CentralOperations.addCode(
        tenant: tenant, site: site, count: count, seconds: days * 86_400, replacing: replaces, by: operatorName,
        database: databaseAddress)
      for what in made { printError("made \(what)") }
      print(code)
    }
  }
}

struct Revoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End a gateway.",
    discussion: """
      From now on central refuses what it sends, and renews no certificate of it. A central that serves adds its certificates to \
      crl.pem within \
      seconds; the broker refuses it once it has read that file again (mosquitto: SIGHUP).
      """)

  @Argument(help: ArgumentHelp("Its name, such as gw-0123456789abcdef.", valueName: "gateway")) var gateway: String

  func run() throws {
    try withErrors {
      try CentralOperations.revoke(gateway, by: operatorName, database: databaseAddress)
      print("\(gateway): revoked")
    }
  }
}

struct Declare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Declare the cameras of a site as its own.",
    discussion: """
      FILE is a YAML list; each camera has `pattern` (a MAC address, a model, or a name with its maker) and, if you like, name, place, owner \
      and expires. It takes the place of the site's former list; [] declares none. Boxes get it whose configuration has \
      `accept: [declared]` in the section uplink, at once or when they are back; what people at the property declared stays as it is.

      Example:
        lenscap-central declare --tenant alpha --site paris-opera lobby.yaml
      """)

  @Option(help: ArgumentHelp("Whose site it is.", valueName: "name")) var tenant: String
  @Option(help: ArgumentHelp("Where the cameras are.", valueName: "name")) var site: String
  @Argument(help: "The list.") var file: String

  func run() throws {
    try withErrors {
      let list = try DeclaredCameras(file: file)
      let id = try CentralOperations.declare(list, tenant: tenant, site: site, by: operatorName, database: databaseAddress)
      print("\(id): \(list.count) cameras of \(site)")
    }
  }
}

struct Tokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make tokens for the page and the API.",
    discussion: """
      A token is of one tenant, and sees nothing of others. Programs put it into the header Authorization: Bearer TOKEN. People have names \
      and passwords: lenscap-central users.

      Examples:
        lenscap-central tokens add siem --tenant alpha --scope read
        lenscap-central tokens remove siem --tenant alpha
      """,
    subcommands: [Add.self, List.self, Remove.self], defaultSubcommand: List.self)

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token, and print it this once.")

    @Argument(help: "Its name, as it will stand in the audit log.") var name: String
    @Option(help: ArgumentHelp("Whose rows it sees.", valueName: "name")) var tenant: String
    @Option(help: ArgumentHelp("What it is for: read; act: also decides about cases, and asks for evidence.", valueName: "scope"))
    var scope: CentralScope

    func run() throws {
      try withErrors {
        print(
          try CentralOperations.addToken(name, tenant: tenant, scope: scope, by: operatorName, database: databaseAddress))
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List tokens, without their secrets.")

    func run() throws {
      try withErrors {
        let rows = try CentralOperations.tokens(database: databaseAddress)
        print(rows.isEmpty ? "No tokens." : rows.map { $0.joined(separator: "  ") }.joined(separator: "\n"))
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a token.")

    @Argument(help: "Its name.") var name: String
    @Option(help: ArgumentHelp("Whose it is.", valueName: "name")) var tenant: String

    func run() throws {
      try withErrors {
        try CentralOperations.removeToken(name, tenant: tenant, by: operatorName, database: databaseAddress)
        print("\(name): removed")
      }
    }
  }
}

extension CentralScope: ExpressibleByArgument {}
