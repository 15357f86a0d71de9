import ArgumentParser
import Central

struct Rooms: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Name the rooms of a site.",
    discussion: """
      FILE is a YAML list of rules as in the configuration of a box: - { room: Room 12, vlan: 112 }. It takes the place of the site's former \
      one; [] names none. Boxes get it whose configuration has `accept: [rooms]` in the section uplink, at once or when they are back. \
      Where a box's own configuration names the same place, that counts alone.

      Example:
        lenscap-central rooms --tenant alpha --site paris-opera rooms.yaml
      """)

  @Option(help: ArgumentHelp("Whose site it is.", valueName: "name")) var tenant: String
  @Option(help: ArgumentHelp("Where the rooms are.", valueName: "name")) var site: String
  @Argument(help: "The list.") var file: String

  func run() throws {
    try withErrors {
      let list = try RoomRules(file: file)
      let id = try CentralOperations.nameRooms(list, tenant: tenant, site: site, by: operatorName, database: databaseAddress)
      print("\(id): \(list.count) rules for \(site)")
    }
  }
}

struct Release: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Release signatures or software to boxes, in stages.",
    discussion: """
      A release is signed with the operator's key, which need not be on central's machine. It goes to 1 % of the tenant's boxes whose \
      `uplink.accept` names its kind, then to 10 %, then to all: each time after the soak time, if boxes have it in force and none refused it. \
      It stops by itself when their alerts jump or boxes go blind; boxes then go back to the signatures that they had.

      Examples:
        lenscap-central release key chain.key
        lenscap-central release signatures --tenant alpha --key chain.key signatures/
        lenscap-central release list
        lenscap-central release stop signatures-0123456789abcdef
      """,
    subcommands: [Key.self, Signatures.self, Software.self, List.self, Stop.self, Resume.self, Advance.self], defaultSubcommand: List.self)

  struct Target: ParsableArguments {
    @Option(help: ArgumentHelp("Whose boxes get it.", valueName: "name")) var tenant: String
    @Option(help: ArgumentHelp("The private key, of `release key`.", valueName: "file")) var key: String
    @Option(help: ArgumentHelp("How long boxes of a stage must have it before it goes on: 24h, 90m, 10s, 2d.", valueName: "time"))
    var soak = "24h"

    func validate() throws { _ = try seconds() }

    func seconds() throws -> Int {
      let units = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
      guard let unit = soak.last.flatMap({ units[String($0)] }), let number = Int(soak.dropLast()), (0...8760).contains(number) else {
        throw ValidationError("--soak: expected a time such as 24h or 90m.")
      }
      return number * unit
    }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key for releases.",
      discussion: """
        Writes the private key to FILE, mode 0600: keep it away from central. The public one goes beside it as FILE.pub: name it with \
        `release_key` in central's configuration, and boxes get it when they are enrolled.
        """)

    @Argument(help: "Where the private key goes.") var file: String

    func run() throws {
      try withErrors { print(try ReleaseKeyFile.make(file)) }
    }
  }

  struct Signatures: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Release the signatures of a folder.",
      discussion: """
        Its files take the place of installed files of the same name, or come beside them. They are checked as `lenscap signatures check` \
        does; a box checks them again, together with those that it has.
        """)

    @OptionGroup var target: Target
    @Option(
      help: ArgumentHelp("Check them together with the installed ones in this folder.", valueName: "folder")) var installed: String?
    @Argument(help: "The folder.") var folder: String

    func run() throws { try make(target) { try NewRelease.signatures(folder: folder, installed: installed) } }
  }

  struct Software: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Release a version of the box's package.")

    @OptionGroup var target: Target
    @Option(help: ArgumentHelp("The version of the package lenscap.", valueName: "version")) var package: String
    @Option(help: ArgumentHelp("SHA-256 of its file.", valueName: "hex")) var sha256: String

    func run() throws { try make(target) { .software(version: package, sha256: sha256) } }
  }

  fileprivate static func make(_ target: Target, _ release: () throws -> NewRelease) throws {
    try withErrors {
      let (id, number) = try CentralOperations.release(
        try release(), keyFile: target.key, soak: try target.seconds(), tenant: target.tenant, by: operatorName, database: databaseAddress)
      print(id)
      printError("number \(number) of \(target.tenant); it begins with 1 % of the boxes that take it")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List releases, the newest first.")

    @Option(help: ArgumentHelp("Only of this tenant.", valueName: "name")) var tenant: String?

    func run() throws {
      try withErrors {
        let rows = try CentralOperations.releases(tenant: tenant, database: databaseAddress)
        print(rows.isEmpty ? "No releases." : rows.map { $0.joined(separator: "  ") }.joined(separator: "\n"))
      }
    }
  }

  struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a release to nobody any more.",
      discussion: "Boxes that have it go back to the signatures that they had before; software stays where it is.")

    @Argument(help: "Its id.") var id: String
    @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text")) var reason = "an operator stopped it"

    func run() throws {
      try withErrors {
        try CentralOperations.stopRelease(id, because: reason, by: operatorName, database: databaseAddress)
        print("\(id): stopped")
      }
    }
  }

  struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a stopped release go on where it was.")

    @Argument(help: "Its id.") var id: String

    func run() throws {
      try withErrors {
        try CentralOperations.resumeRelease(id, by: operatorName, database: databaseAddress)
        print("\(id): running")
      }
    }
  }

  struct Advance: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Put a release to its next stage, before its time.")

    @Argument(help: "Its id.") var id: String

    func run() throws {
      try withErrors {
        let percent = try CentralOperations.advanceRelease(id, by: operatorName, database: databaseAddress)
        print("\(id): \(percent) %")
      }
    }
  }
}

extension ParsableCommand {
  fileprivate func make(_ target: Release.Target, _ release: () throws -> NewRelease) throws { try Release.make(target, release) }
}
