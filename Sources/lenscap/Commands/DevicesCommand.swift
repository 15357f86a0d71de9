import ArgumentParser
import Capture
import Detection
import Store

struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the devices that were seen, also while `watch` runs.",
    discussion: """
      Examples:
        lenscap devices --cameras
        lenscap devices --since 24h
        lenscap devices 192.168.1.37          one device, with all evidence
      """)

  @Argument(help: ArgumentHelp("Only devices with this address, MAC address (or its beginning), id or name.", valueName: "device"))
  var devices: [String] = []

  @Flag(help: "Only cameras, recorders and base stations, and what may be one.")
  var cameras = false

  @Option(help: ArgumentHelp("Only what was seen since then: 12h, 3d, 2026-11-24, 2026-11-24T14:00.", valueName: "time"))
  var since: TimeOrDuration?

  @OptionGroup var list: ListOptions
  @OptionGroup var memory: DatabaseOptions

  func run() throws {
    let store = try memory.open()
    let since = since.map { $0.before(.now, utc: list.utc) } ?? .distantPast
    let found = try withStoreErrors { () throws(StoreError) in try store.devices(since: since) }
      .filter { device in !cameras || device.verdict != Verdict.none.rawValue || device.role == Role.relay.rawValue }
      .filter { device in devices.isEmpty || devices.contains { device.isMeant(by: $0) } }
    let evidence = try withStoreErrors { () throws(StoreError) in
      var evidence: [[StoredEvidence]] = []
      for device in found { evidence.append(try store.evidence(of: device.id)) }
      return evidence
    }
    if try list.printJSON(zip(found, evidence).map { StoredDeviceDocument($0, $1) }) { return }
    guard !found.isEmpty else {
      printOut(devices.isEmpty ? "No such device was seen." : "No device that is meant by \(listed(devices)) was seen.")
      return
    }
    printOut(table(found))
    guard !devices.isEmpty else { return }
    for (device, items) in zip(found, evidence) {
      printOut(reasons(device, items))
      let roomVisits = try withStoreErrors { () throws(StoreError) in try store.roomVisits(of: device.id) }
      for stay in roomVisits {
        printOut("  in \(stay.room) from \(stay.firstSeenTime.dayAndTime(utc: list.utc)) to \(stay.lastSeenTime.dayAndTime(utc: list.utc))")
      }
    }
  }

  private func table(_ found: [StoredDevice]) -> String {
    let makers = OUIRegistry(of: found.compactMap { $0.mac.flatMap { MACAddress($0) } })
    let rows = found.map { device in
      [
        device.ips.first ?? "-", device.mac?.uppercased() ?? "-",
        (device.vendor ?? device.mac.flatMap { MACAddress($0) }.flatMap { makers.name(of: $0) } ?? "-").cut(24),
        (device.hostname ?? "-").cut(24), device.whatItIs.cut(34), (device.room ?? "-").cut(20),
        device.firstSeenTime.dayAndTime(utc: list.utc),
        device.lastSeenTime.dayAndTime(utc: list.utc),
      ]
    }
    let table = TextTable(header: ["address", "MAC", "maker", "name", "what it is", "room", "first seen", "last seen"], rows: rows)
    return table.lines(.forOutput).joined(separator: "\n")
  }

  private func reasons(_ device: StoredDevice, _ evidence: [StoredEvidence]) -> String {
    let weighed = evidence.reasons
    guard !weighed.isEmpty else { return "" }
    let table = TextTable(
      header: ["reason", "strength", "times", "first seen"], numbers: [2],
      rows: weighed.map { [$0.reason.cut(96), $0.strength ?? $0.says, "\($0.count)", $0.firstSeenTime.dayAndTime(utc: list.utc)] })
    return "\n\(device.id)\n" + table.lines(.forOutput).map { "  " + $0 }.joined(separator: "\n")
  }
}

extension StoredDevice {
  /// An address, a MAC address or its beginning, an id, an alert's id or a name, as people write them.
  func isMeant(by text: String) -> Bool {
    let text = text.lowercased()
    let digits = text.filter { $0 != ":" && $0 != "-" }
    let isMAC = digits.count >= 6 && digits.allSatisfy(\.isHexDigit)
    return id == text || ips.contains(text) || hostname?.lowercased() == text || alert.map { text.count >= 4 && $0.hasPrefix(text) } == true
      || isMAC && mac?.filter({ $0 != ":" }).hasPrefix(digits) == true
  }

  var whatItIs: String {
    let isCamera = role == Role.camera.rawValue || role == Role.recorder.rawValue
    let what = kind ?? (role == Role.other.rawValue ? "-" : role)
    let doubt =
      switch Verdict(rawValue: verdict) {
      case .possible: "possibly "
      case .probable: "probably "
      default: ""
      }
    let name = [isCamera ? doubt + what : what, model].compactMap { $0 }.joined(separator: ", ")
    return name + (isDeclared ? " (declared)" : "")
  }
}

extension [StoredEvidence] {
  /// What can be told of it, heaviest first.
  var reasons: [StoredEvidence] {
    func weight(_ item: StoredEvidence) -> Double { item.strength.flatMap { Strength(rawValue: $0) }?.weight ?? 0 }
    return filter { !$0.reason.isEmpty }.sorted { weight($0) > weight($1) }
  }
}
