import ArgumentParser
import Capture
import Detection
import Documents
import Store

struct KnownCameras: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "known",
    abstract: "Declare the property's own cameras, which then raise no alert. Works while `watch` runs.",
    discussion: """
      Examples:
        lenscap known adopt                                cameras present, with the reasons
        lenscap known adopt --all                          declare all of them
        lenscap known adopt 192.168.1.37 b0:c5:54 --place lobby
        lenscap known add b0:c5:54:25:5b:0e --name 'lobby 1' --place lobby --owner 'Security' --expires 2027-01-31
        lenscap known remove b0:c5:54:25:5b:0e
      """,
    subcommands: [List.self, Add.self, Remove.self, Adopt.self], defaultSubcommand: List.self)

  /// Details of a declaration.
  struct Particulars: ParsableArguments {
    @Option(help: "The camera's name for the staff.") var name: String?
    @Option(help: "The camera's place.") var place: String?
    @Option(help: "The camera's owner.") var owner: String?
    @Option(help: "A note.") var note: String?
    @Option(help: ArgumentHelp("End of the declaration: 30d, or a day or time. Then the camera counts as undeclared.", valueName: "time"))
    var expires: TimeOrDuration?

    func declaration(_ pattern: String) -> Declaration {
      Declaration(
        pattern: pattern, name: name, place: place, owner: owner, note: note, expires: expires.map { $0.after(.now) },
        declaredBy: userName, at: .now)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the declarations.")

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let store = try database.openToRead()
      let declarations = try withStoreErrors { () throws(StoreError) in try store.declarations() }
      if list.printJSON(declarations.map(DeclarationDocument.init)) { return }
      guard !declarations.isEmpty else {
        printOut("No camera is declared. `lenscap known adopt` lists the cameras present.")
        return
      }
      let rows = declarations.map { item in
        [
          item.pattern, item.name ?? "-", item.place ?? "-", item.owner ?? "-",
          item.expiry.map { $0.dayAndTime(utc: list.utc) + (item.isValid(at: .now) ? "" : " (ended)") } ?? "-",
          item.declaredBy ?? "-", item.declaredAt.dayAndTime(utc: list.utc), item.note ?? "-",
        ].map { $0.forPeople() }
      }
      let header = ["MAC or name", "name", "place", "owner", "expires", "declared by", "declared", "note"]
      printOut(TextTable(header: header, rows: rows).lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Declare cameras by MAC address or name.")

    @Argument(help: "MAC addresses, models, or names with their maker (“lobby-* by Axis”); * stands for any characters.")
    var patterns: [String]

    @OptionGroup var particulars: Particulars
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
      if let bad = patterns.first(where: { $0.allSatisfy { $0 == "*" || $0 == " " } }) {
        throw ValidationError("“\(bad)” would declare everything.")
      }
    }

    func run() throws {
      let store = try database.open(create: true)
      let declarations = patterns.map(particulars.declaration)
      try withStoreErrors { () throws(StoreError) in
        try store.declare(declarations)
        try store.set(.adopted, to: .now)
      }
      printOut("declared: \(listed(patterns))")
      for name in patterns where DeclaredDevices.isNameAlone(name) {
        printError(
          "warning: anybody can name a device “\(name)”. It covers only devices whose maker or model is part of the name, or whose model it is. "
            + "Declare the MAC address, or add the maker: “\(name) by MAKER”.")
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove declarations.")

    @Argument(help: "MAC addresses or names, as `known list` shows them.")
    var patterns: [String]

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let store = try database.open()
      let declared = Set(try withStoreErrors { () throws(StoreError) in try store.declarations() }.map(\.pattern))
      if let missing = patterns.first(where: { !declared.contains($0) }) {
        throw usageError("“\(missing)” is not declared; `lenscap known list` shows the declarations.")
      }
      _ = try withStoreErrors { () throws(StoreError) in try store.removeDeclarations(patterns) }
      printOut("no longer declared: \(listed(patterns))")
    }
  }

  struct Adopt: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "adopt",
      abstract: "List the undeclared cameras and recorders, and declare the chosen ones.")

    @Argument(help: ArgumentHelp("Cameras to declare, by IP or MAC address, name or alert; without any, list only.", valueName: "device"))
    var devices: [String] = []

    @Flag(help: "Declare all of them.")
    var all = false

    @OptionGroup var particulars: Particulars
    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      // To list, it need not be written: it may be a copy on a read-only medium.
      let store = try devices.isEmpty && !all ? database.openToRead() : database.open()
      let here = try withStoreErrors { () throws(StoreError) in try store.devices(withEvidence: false) }
        .filter { !$0.device.isDeclared }
      let cameras = here.filter(\.device.isCamera)
      let real = cameras.filter { $0.group == nil }
      let uploads = try withStoreErrors { () throws(StoreError) in try store.unexplainedUploads(since: .distantPast) }
      if devices.isEmpty && !all {
        show(try withStoreErrors { () throws(StoreError) in try store.devices(real.map(\.id.description)) })
        if list.format == .table, let invented = plural(cameras.count - real.count, "invented camera") {
          printOut("\nLeft out: \(invented).")
        }
        if list.format == .table { show(uploads: uploads, others: MakerCount.of(here.map(\.device))) }
      } else {
        // Devices that only send as cameras do are declared by name, not with all others.
        try adopt(all ? real : cameras + uploads, store)
      }
    }

    private func show(_ here: [DeviceSnapshot]) {
      let makers = OUIRegistry(of: here.map(\.id.mac))
      if list.printJSON(here.map { DeviceDocument($0, makers: makers) }) { return }
      guard !here.isEmpty else {
        printOut("No undeclared cameras.")
        return
      }
      for device in here.map(\.device) {
        let name = [device.vendor, device.shortDescription(device.model)].compactMap { $0 }.joined(separator: " ").forPeople()
        let mac = device.id.mac.isNone ? "" : device.id.mac.description.uppercased()
        printOut("\(device.addresses.first?.description ?? "-")  \(mac)  \(name), since \(device.firstSeen.dayAndTime(utc: list.utc))")
        for item in device.reasons { printOut("    \(item.reason.forPeople(limit: 110)) (\(item.strengthOrClaim))") }
      }
      printOut("\n`lenscap known adopt --all` declares all of these, `lenscap known adopt ADDRESS…` only those named.")
    }

    private func show(uploads: [DeviceSnapshot], others: [MakerCount]) {
      if !uploads.isEmpty { printOut("\nThese send as cameras do, and it is not known what they are. `--all` leaves them out:") }
      for device in uploads.map(\.device) {
        let name = [device.vendor, device.hostname].compactMap { $0 }.joined(separator: " ").forPeople()
        let mac = device.id.mac.isNone ? "" : device.id.mac.description.uppercased()
        let head = [device.addresses.first?.description ?? "-", mac, name].filter { !$0.isEmpty }.joined(separator: "  ")
        printOut(head + (device.traffic.map { "\n    " + $0.sentence(utc: list.utc, at: device.lastSeen) } ?? ""))
      }
      if let sentence = MakerCount.sentence(others) { printOut("\n\(sentence). They need no declaration.") }
    }

    private func adopt(_ here: [DeviceSnapshot], _ store: PropertyStore) throws {
      let chosen = all ? here : here.filter { snapshot in devices.contains { snapshot.matches($0) } }
      if !all, let missing = devices.first(where: { text in !here.contains { $0.matches(text) } }) {
        throw usageError("“\(missing)” matches no undeclared camera or upload; `lenscap known adopt` lists them.")
      }
      let declarations = chosen.map { particulars.declaration($0.pattern) }
      try withStoreErrors { () throws(StoreError) in
        try store.declare(declarations, answering: chosen.map { $0.alert?.id })
        try store.set(.adopted, to: .now)
      }
      if list.printJSON(declarations.map(DeclarationDocument.init)) { return }
      printOut("declared: \(declarations.isEmpty ? "nothing" : listed(declarations.map(\.pattern)))")
    }
  }
}

extension DeviceSnapshot {
  /// The pattern that declares it: its MAC address, or its IP address if a router hides the MAC address.
  fileprivate var pattern: String {
    id.mac.isNone ? device.addresses.first?.description ?? id.description : id.mac.description
  }
}
