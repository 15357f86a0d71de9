import ArgumentParser
import Capture
import Detection
import Store

struct KnownCameras: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "known",
    abstract: "The property's own cameras, which raise no alert; also while `watch` runs.",
    discussion: """
      Examples:
        lenscap known adopt                                what is here now, with the reasons
        lenscap known adopt --all                          … is all ours
        lenscap known adopt 192.168.1.37 b0:c5:54 --place lobby
        lenscap known add b0:c5:54:25:5b:0e --name 'lobby 1' --place lobby --owner 'Security' --expires 2027-01-31
        lenscap known remove b0:c5:54:25:5b:0e
      """,
    subcommands: [List.self, Add.self, Remove.self, Adopt.self], defaultSubcommand: List.self)

  /// What is written down with a declaration.
  struct Particulars: ParsableArguments {
    @Option(help: "What people call it.") var name: String?
    @Option(help: "Where it is.") var place: String?
    @Option(help: "Whose it is.") var owner: String?
    @Option(help: "Anything else.") var note: String?
    @Option(help: ArgumentHelp("Until when it holds: 30d, or a day or time. After that it is a stranger's again.", valueName: "time"))
    var expires: TimeOrDuration?

    func declaration(_ pattern: String) -> Declaration {
      Declaration(
        pattern: pattern, name: name, place: place, owner: owner, note: note, expires: expires.map { $0.after(.now) },
        declaredBy: userName, at: .now)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists what was declared.")

    @OptionGroup var list: ListOptions
    @OptionGroup var memory: DatabaseOptions

    func run() throws {
      let store = try memory.open()
      let declarations = try withStoreErrors { () throws(StoreError) in try store.declarations() }
      if try list.printJSON(declarations.map(DeclarationDocument.init)) { return }
      guard !declarations.isEmpty else {
        printOut("Nothing is declared. `lenscap known adopt` lists the cameras that are here.")
        return
      }
      let rows = declarations.map { item in
        [
          item.pattern, item.name ?? "-", item.place ?? "-", item.owner ?? "-",
          item.expiry.map { $0.dayAndTime(utc: list.utc) + (item.isValid(at: .now) ? "" : " (over)") } ?? "-",
          item.declaredBy ?? "-", item.declaredAt.dayAndTime(utc: list.utc), item.note ?? "-",
        ]
      }
      let header = ["MAC or name", "name", "place", "owner", "expires", "declared by", "declared", "note"]
      printOut(TextTable(header: header, rows: rows).lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Declares cameras by MAC address or name.")

    @Argument(help: "MAC addresses or names, with * for any run of characters.")
    var patterns: [String]

    @OptionGroup var particulars: Particulars
    @OptionGroup var memory: DatabaseOptions

    func validate() throws {
      if let bad = patterns.first(where: { $0.allSatisfy { $0 == "*" || $0 == " " } }) {
        throw ValidationError("“\(bad)” would declare everything.")
      }
    }

    func run() throws {
      let store = try memory.open(create: true)
      let declarations = patterns.map(particulars.declaration)
      try withStoreErrors { () throws(StoreError) in
        try store.declare(declarations)
        try store.set(.adopted, to: .now)
      }
      printOut("declared: \(listed(patterns))")
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes declarations back.")

    @Argument(help: "As `known list` shows them.")
    var patterns: [String]

    @OptionGroup var memory: DatabaseOptions

    func run() throws {
      let store = try memory.open()
      let declared = Set(try withStoreErrors { () throws(StoreError) in try store.declarations() }.map(\.pattern))
      if let missing = patterns.first(where: { !declared.contains($0) }) {
        throw usageError("“\(missing)” is not declared; `lenscap known list` shows what is.")
      }
      _ = try withStoreErrors { () throws(StoreError) in try store.removeDeclarations(patterns) }
      printOut("no longer declared: \(listed(patterns))")
    }
  }

  struct Adopt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the cameras and recorders that are here and undeclared, and declares the chosen ones in one go.")

    @Argument(help: ArgumentHelp("Addresses, MAC addresses, names or alerts of those to declare; none lists only.", valueName: "device"))
    var devices: [String] = []

    @Flag(help: "Declare all that are listed.")
    var all = false

    @OptionGroup var particulars: Particulars
    @OptionGroup var list: ListOptions
    @OptionGroup var memory: DatabaseOptions

    func run() throws {
      let store = try memory.open()
      let here = try withStoreErrors { () throws(StoreError) in try store.devices() }.filter { device in
        !device.isDeclared
          && (device.role == Role.relay.rawValue
            || Verdict(rawValue: device.verdict).map { $0 >= .probable } == true
              && (device.role == Role.camera.rawValue || device.role == Role.recorder.rawValue))
      }
      if devices.isEmpty && !all {
        try show(here, store)
      } else {
        try adopt(here, store)
      }
    }

    private func show(_ here: [StoredDevice], _ store: PropertyStore) throws {
      let evidence = try here.map { device in
        try withStoreErrors { () throws(StoreError) in try store.evidence(of: device.id) }
      }
      if try list.printJSON(zip(here, evidence).map { StoredDeviceDocument($0, $1) }) { return }
      guard !here.isEmpty else {
        printOut("No undeclared camera is here.")
        return
      }
      for (device, items) in zip(here, evidence) {
        let name = [device.vendor, device.whatItIs].compactMap { $0 }.joined(separator: " ")
        printOut(
          "\(device.ips.first ?? "-")  \(device.mac?.uppercased() ?? "")  \(name), since \(device.firstSeenTime.dayAndTime(utc: list.utc))")
        for item in items.reasons { printOut("    \(item.reason.cut(110)) (\(item.strength ?? item.says))") }
      }
      printOut("\n`lenscap known adopt --all` declares all of these, `lenscap known adopt ADDRESS…` some.")
    }

    private func adopt(_ here: [StoredDevice], _ store: PropertyStore) throws {
      let chosen = all ? here : here.filter { device in devices.contains { device.isMeant(by: $0) } }
      if !all, let missing = devices.first(where: { text in !here.contains { $0.isMeant(by: text) } }) {
        throw usageError("no undeclared camera is meant by “\(missing)”; `lenscap known adopt` lists them.")
      }
      // By IP address where no MAC address was seen: behind a router.
      let declarations = chosen.map { particulars.declaration($0.mac ?? $0.ips.first ?? $0.id) }
      try withStoreErrors { () throws(StoreError) in
        try store.declare(declarations, answering: chosen.compactMap(\.alert))
        try store.set(.adopted, to: .now)
      }
      printOut("declared: \(declarations.isEmpty ? "nothing" : listed(declarations.map(\.pattern)))")
    }
  }
}
