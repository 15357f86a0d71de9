import ArgumentParser
import Capture
import Detection
import Documents
import Store

struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "List the devices seen so far. Works while `watch` runs.",
    discussion: """
      Examples:
        lenscap devices --cameras
        lenscap devices --since 24h
        lenscap devices 192.168.1.37          one device, with all evidence
      """)

  @Argument(help: ArgumentHelp("Only devices with this IP address, MAC address (or its first digits), id or name.", valueName: "device"))
  var devices: [String] = []

  @Flag(help: "Only cameras, recorders and base stations, including possible ones.")
  var cameras = false

  @Option(help: ArgumentHelp("Only devices seen since then: 12h, 3d, 2026-11-24, 2026-11-24T14:00.", valueName: "time"))
  var since: TimeOrDuration?

  @OptionGroup var list: ListOptions
  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.openToRead()
    let since = since.map { $0.before(.now, utc: list.utc) } ?? .distantPast
    // The table of all devices shows no reasons.
    let showsEvidence = list.format != .table || !devices.isEmpty
    let found = try withStoreErrors { () throws(StoreError) in try store.devices(since: since, withEvidence: showsEvidence) }
      .filter { !cameras || $0.device.mayBeCamera }
      .filter { snapshot in devices.isEmpty || devices.contains { snapshot.matches($0) } }
    let makers = OUIRegistry(of: found.map(\.id.mac))
    if list.printJSON(found.map { DeviceDocument($0, makers: makers) }) { return }
    guard !found.isEmpty else {
      printOut(devices.isEmpty ? "No devices." : "No device matches \(listed(devices)).")
      return
    }
    printOut(table(found.map(\.device), makers))
    guard !devices.isEmpty else { return }
    for snapshot in found {
      printOut(reasons(snapshot.device))
      let visits = try withStoreErrors { () throws(StoreError) in try store.roomVisits(of: snapshot.id.description) }
      for visit in visits {
        let (first, last) = (visit.firstSeenTime.dayAndTime(utc: list.utc), visit.lastSeenTime.dayAndTime(utc: list.utc))
        printOut("  in \(visit.room.forPeople()) from \(first) to \(last)")
      }
    }
  }

  private func table(_ devices: [Device], _ makers: OUIRegistry) -> String {
    let rows = devices.map { device in
      [
        device.addresses.first?.description ?? "-", device.id.mac.isNone ? "-" : device.id.mac.description.uppercased(),
        (device.vendor ?? makers.name(of: device.id.mac) ?? "-").forPeople(limit: 24), (device.hostname ?? "-").forPeople(limit: 24),
        device.shortClass, device.shortDescription(device.model).forPeople(limit: 34),
        (device.room ?? "-").forPeople(limit: 20), device.firstSeen.dayAndTime(utc: list.utc), device.lastSeen.dayAndTime(utc: list.utc),
      ]
    }
    let table = TextTable(
      header: ["address", "MAC", "maker", "name", "class", "what it is", "room", "first seen", "last seen"], rows: rows)
    return table.lines(.forOutput).joined(separator: "\n")
  }

  private func reasons(_ device: Device) -> String {
    let about = device.sentences(utc: list.utc)
    guard !device.reasons.isEmpty || !about.isEmpty else { return "" }
    let table = TextTable(
      header: ["reason", "strength", "times", "first seen"], numbers: [2],
      rows: device.reasons.map {
        [$0.reason.forPeople(limit: 96), $0.strengthOrClaim, "\($0.count)", $0.firstSeen.dayAndTime(utc: list.utc)]
      })
    let lines = about + (device.reasons.isEmpty ? [] : table.lines(.forOutput))
    return "\n\(device.id)\n" + lines.map { "  " + $0 }.joined(separator: "\n")
  }
}

extension DeviceSnapshot {
  /// True if the text is one of its IP addresses, its MAC address or the first digits of that, its id, its alert's id, or its name.
  func matches(_ text: String) -> Bool {
    let text = text.lowercased()
    let digits = text.filter { $0 != ":" && $0 != "-" }
    let isMAC = digits.count >= 6 && digits.allSatisfy(\.isHexDigit)
    return id.description == text || device.addresses.contains { $0.description == text } || device.hostname?.lowercased() == text
      || alert.map { text.count >= 4 && $0.id.hasPrefix(text) } == true || isMAC && !id.mac.isNone && id.mac.hex.hasPrefix(digits)
  }
}
