import ArgumentParser
import Capture
import ConfigurationFiles
import CryptoExtras
import Detection
import Documents
import Foundation
import Store
import Watch

struct PrivacyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy",
    abstract: "Show what is stored about whom, and erase a device. Works while `watch` runs.",
    discussion: """
      Examples:
        lenscap privacy report
        lenscap privacy report --format json
        lenscap privacy erase 5e:1d:52:aa:01:02
      """,
    subcommands: [ReportStored.self, Erase.self])

  struct ReportStored: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report",
      abstract: "Show what is stored about whom, for how long and why, which messages left the house, and in which files it is.",
      discussion: """
        How long something is kept is what the configuration says; options of `watch` are not known here. Copies that somebody made, such as \
        backups, reports and evidence packs, are not known either.
        """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case text, json
    }

    @Option(help: "Output format: text for people; json, one object.")
    var format: Format = .text

    @Flag(help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
    var utc = false

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let settings = try database.configuration.load().settings
      let store = try database.openToRead()
      let servePath = database.servePath(settings)
      let messages = sentMessages(servePath)
      let report = try withStoreErrors { () throws(StoreError) in
        try PrivacyReport(
          of: store, retention: Retention(settings.retention), messages: messages, files: files(store.path, servePath, settings), at: .now)
      }
      switch format {
      case .json: printOut(try JSON.text(PrivacyDocument(report), pretty: true))
      case .text: printOut(PrivacyText(report: report, utc: utc).lines.joined(separator: "\n"))
      }
    }

    /// Databases with what was put aside, the recording, and the packets of suspected devices.
    private func files(_ path: String, _ servePath: String, _ settings: Settings) -> [PrivacyReport.File] {
      var files = [file("database", path)] + aside(path).map { file("damaged database, put aside", $0) }
      files += [file("messages", servePath)] + aside(servePath).map { file("damaged database, put aside", $0) }
      if let recording = settings.watch.write { files.append(file("recording of all packets", recording)) }
      let ring = EvidenceRing.folder(besideDatabase: path)
      if unsafe settings.watch.evidence != false || access(ring, F_OK) == 0 { files.append(file("packets of suspected devices", ring)) }
      let papers = PaperFolder.path(besideDatabase: path)
      if unsafe access(papers, F_OK) == 0 { files.append(file("papers made for the page", papers)) }
      return files
    }

    private func aside(_ path: String) -> [String] {
      let folder = DatabaseFile.folder(of: path)
      let start = (path as NSString).lastPathComponent + ".damaged-"
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.filter { $0.hasPrefix(start) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted().map { "\(folder)/\($0)" }
    }

    private func file(_ what: String, _ path: String) -> PrivacyReport.File {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        return .init(what: what, path: path, bytes: nil)
      }
      func bytes(_ path: String) -> UInt64 {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.uint64Value ?? 0
      }
      guard isFolder.boolValue else {
        let log = bytes(path + "-wal")
        return .init(what: what, path: path, bytes: bytes(path) + log)
      }
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
      return .init(what: what, path: path, bytes: names.map { $0.reduce(0) { $0 + bytes("\(path)/\($1)") } })
    }
  }

  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "erase",
      abstract: "Erase what is stored about a MAC address.",
      discussion: """
        Its devices, addresses, stays, evidence, alerts and entries of the event log are deleted, and a running `watch` forgets it. If the \
        device is still there, the next packet makes it a new one. What belongs to an alert on hold stays; so do messages that were sent, \
        recordings, backups, and packs and reports that somebody took. Its packets that the watch had kept go, too. That something was erased stays, too: who did it, when, and a hash of the address.

        Exit status: 0 erased, or there was nothing; 64 no MAC address, or no terminal to ask on and no --yes; 66 no such database.
        """)

    /// https://www.rfc-editor.org/rfc/rfc7914: a tenth of a second for each address that somebody tries.
    private static let rounds = 1 << 15
    private static let (saltBytes, hashBytes) = (16, 32)

    @Argument(help: ArgumentHelp("The MAC address.", valueName: "mac"))
    var address: String

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      guard let mac = MACAddress(address), !mac.isNone else { throw usageError("“\(address)” is no MAC address.") }
      guard yes || Questions.haveTerminal else { throw usageError("there is no terminal to ask on; --yes erases without asking.") }
      let settings = try database.configuration.load().settings
      let store = try database.open()
      let scope = try withStoreErrors { () throws(StoreError) in try store.scope(ofErasing: mac) }
      let ring = RingKeeper(folder: EvidenceRing.folder(besideDatabase: store.path))
      let packets = ring.count(of: mac)
      guard !scope.isEmpty || packets > 0 && scope.held.isEmpty else {
        printOut((["nothing is stored about \(mac) that can be erased"] + staying(scope, nil)).joined(separator: "\n"))
        return
      }
      let all = listed([Self.text(scope), plural(packets, "packet")].compactMap { $0 }.filter { !$0.isEmpty })
      guard try yes || isSure("Erase \(all) of \(mac)? (yes or no)") else {
        printOut("nothing was erased")
        return
      }
      let sent = sentMessages(database.servePath(settings), about: scope.alerts)
      let hash = try Self.hash(mac)
      let isWatched = try withStoreErrors { () throws(StoreError) in try PropertyStatus(of: store, at: .now).isWatching }
      let erased = try withStoreErrors { () throws(StoreError) in
        try store.erase(mac, hash: hash, who: userName, isWatched: isWatched, evenIfEmpty: packets > 0, at: .now)
      }
      let of = Self.text(erased)
      let lines =
        ["erased of \(mac): \(of.isEmpty ? "nothing in the database" : of)"] + (try erasePackets(packets, of: mac, ring, store, isWatched))
        + staying(erased, sent) + ["stays: who erased it and when, with the hash \(hash)"]
      printOut(lines.joined(separator: "\n"))
    }

    /// Files belong to the watch while it runs. Otherwise they are changed here.
    private func erasePackets(
      _ packets: Int, of mac: MACAddress, _ ring: RingKeeper, _ store: PropertyStore, _ isWatched: Bool
    ) throws -> [String] {
      guard !isWatched else {
        return packets == 0 ? [] : ["the running watch takes out its \(plural(packets, "packet") ?? "packets") within seconds"]
      }
      let (held, papers) = try withStoreErrors { () throws(StoreError) in (try store.heldAddresses(), try store.enforcePapers(at: .now)) }
      PaperFolder.sweep(PaperFolder.path(besideDatabase: store.path), keeping: papers)
      ring.hold(held)
      ring.remove([mac])
      ring.finish()
      let left = ring.count(of: mac)
      for remark in ring.takeRemarks() { printError("lenscap: \(remark)") }
      return plural(packets - left, "packet").map { ["erased of \(mac): \($0) that the watch had kept"] } ?? []
    }

    private func isSure(_ question: String) throws -> Bool {
      do {
        return try Questions().ask(question, default: "no") { answer in
          ["yes": true, "y": true, "no": false, "n": false][answer.lowercased()]
        }
      } catch is Questions.Ended {
        return false
      }
    }

    private static func text(_ scope: ErasureScope) -> String {
      let parts = [
        plural(scope.devices, "device"), plural(scope.stays, "stay"), plural(scope.evidence, "item of evidence", "items of evidence"),
        plural(scope.alerts.count, "alert"), plural(scope.entries, "entry of the event log", "entries of the event log"),
        plural(scope.papers, "paper made for the page", "papers made for the page"),
        plural(scope.mentions, "mention in another alert", "mentions in other alerts"),
      ]
      return listed(parts.compactMap { $0 })
    }

    /// - Parameter sent: nil if it is not known.
    private func staying(_ scope: ErasureScope, _ sent: [SentMessages]?) -> [String] {
      var lines = scope.held.map { "stays: alert \($0), which is on hold, with its device, evidence, history, packets and papers" }
      if let declarations = plural(scope.declarations, "declaration") {
        lines.append("stays: \(declarations) of the property's own cameras; `lenscap known remove` removes it")
      }
      for sent in sent ?? [] where sent.delivered > 0 {
        lines.append("stays: \(plural(sent.delivered, "message") ?? "") already sent to \(sent.sink.forPeople())")
      }
      return lines
    }

    /// `scrypt:SALT:HASH`: whoever knows the address can check it.
    private static func hash(_ mac: MACAddress) throws -> String {
      let salt = (0..<saltBytes).map { _ in UInt8.random(in: .min ... .max) }
      let key = try KDF.Scrypt.deriveKey(
        from: Data(mac.description.utf8), salt: salt, outputByteCount: hashBytes, rounds: rounds, blockSize: 8, parallelism: 1)
      return unsafe "scrypt:\(salt.hexDigits):\(key.withUnsafeBytes { unsafe Array($0) }.hexDigits)"
    }
  }
}

/// What `serve` sent; nil if its database cannot be read, with the reason on standard error.
private func sentMessages(_ path: String, about alerts: [String]? = nil) -> [SentMessages]? {
  do throws(StoreError) {
    return try SentMessages.read(path, about: alerts)
  } catch {
    printError("lenscap: which messages were sent is not known: \(error)")
    return nil
  }
}
