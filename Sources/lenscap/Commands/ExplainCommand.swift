import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import SignatureFiles
import YAMLReading

extension Signatures {
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain",
      abstract: "Show the observations in a capture, and the signatures that match them.",
      discussion: "Start here for a new signature: the output lists every field that a device reveals, with the packet that shows it.")

    @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "file"))
    var files: [String]

    @Option(help: "Output format: text for people; jsonl, one observation a line.")
    var format: WatchFormat = .text

    @Option(help: ArgumentHelp("Only this device: a MAC or IP address.", valueName: "address"))
    var device: String?

    @Option(
      help: ArgumentHelp("Show which conditions of this signature each device meets, and which it fails at which value.", valueName: "id"))
    var signature: String?

    @OptionGroup var detection: DetectionOptions

    func validate() throws {
      if signature != nil, format == .jsonl { throw ValidationError("--signature needs --format text.") }
    }

    func run() throws {
      let configuration = try detection.configuration()
      let requested = try signature.map { try find($0, in: configuration.signatures.signatures) }
      let (explanation, errors) = Explanation.observe(files, with: detection.engine(configuration))
      let items = explanation.items(ofDevice: device?.lowercased())
      switch format {
      case .text where requested != nil: for signature in requested ?? [] { printOut(Self.text(of: signature, items)) }
      case .text: printOut(items.isEmpty ? "Nothing observed." : Self.text(items, explanation.classes))
      case .jsonl: for item in items { printOut(try JSON.text(Line("observation", ObservationDocument(item, files: files)))) }
      }
      for error in errors { printError("lenscap: \(error)") }
      if let error = errors.first { throw ExitStatus(for: error).code }
    }

    private func find(_ id: String, in signatures: [Signature]) throws -> [Signature] {
      let found = signatures.filter { $0.id == id }
      if found.isEmpty {
        let nearest = id.nearest(in: signatures.map(\.id)).map { " Did you mean “\($0)”?" } ?? ""
        throw usageError("no signature has the id “\(id)”; `lenscap signatures list` shows all.\(nearest)")
      }
      return found
    }

    /// The result of a signature for each device that showed a field it tests, best matches first.
    private static func text(of signature: Signature, _ items: [Explanation.Item]) -> String {
      let devices = Dictionary(grouping: items, by: \.device)
        .map { (device: $0.key, check: signature.condition.check($0.value.map(\.first))) }
        .filter { $0.check.hasValues }
        .sorted { (Self.rank($0.check), $0.device.description) < (Self.rank($1.check), $1.device.description) }
      if devices.isEmpty { return "\(signature.id): no device shows a field that this signature tests." }
      let met = devices.count { $0.check.holds }
      let head = Style.forOutput.strong(signature.id) + ": matches \(met) of \(plural(devices.count, "device") ?? "")"
      return ([head] + devices.flatMap { ["", "\($0.device)"] + ConditionText($0.check, indent: 2).lines }).joined(separator: "\n")
    }

    private static func rank(_ check: ConditionCheck) -> Int { check.holds ? 0 : check.isPartlyMet ? 1 : 2 }

    private static func text(_ items: [Explanation.Item], _ classes: [DeviceID: DeviceClass]) -> String {
      var lines: [String] = []
      var device: DeviceID?
      for item in items {
        if item.device != device {
          let deviceClass = classes[item.device].map { "  \($0.rawValue)" } ?? ""
          lines += (device == nil ? [] : [""]) + [Style.forOutput.strong("\(item.device)") + deviceClass]
          device = item.device
        }
        let times = item.count > 1 ? ", \(item.count) times" : ""
        lines.append(
          "  \(item.first.field.rawValue.padded(right: 18)) \(item.first.shownValue.forPeople().padded(right: 50))  packet \(item.first.packet.number)\(times)"
        )
        lines += item.signatures.map { "    → \($0.id): \($0.says.rawValue)" + ($0.strength.map { ", \($0)" } ?? "") }
      }
      return lines.joined(separator: "\n")
    }
  }
}

/// The distinct observations of each device, each with its first packet and the signatures that match it.
struct Explanation {
  struct Item {
    let device: DeviceID
    let first: Observation
    /// Number of observations before it.
    let order: Int
    var count = 1
    var signatures: [Signature]
  }

  private struct Key: Hashable {
    let device: DeviceID
    let field: Field
    let text: String
    let bytes: [UInt8]
  }

  /// Distinct observations stored; later ones are not shown.
  private static let limit = 1_000_000
  private var found: [Key: Item] = [:]
  /// The classes that are known.
  private(set) var classes: [DeviceID: DeviceClass] = [:]

  /// Replays captures. The caller reports their errors.
  static func observe(_ files: [String], with engine: Engine) -> (Explanation, errors: [CaptureError]) {
    let sequence = CaptureSequence(paths: InputFiles.expand(files), jobs: JobsOptions.standard)
    var explanation = Explanation()
    engine.observer = { explanation.add($0, $1, $2) }
    sequence.run { engine.ingest($0) }
    engine.finish()
    for device in engine.devices() where device.deviceClass != .unknown { explanation.classes[device.id] = device.deviceClass }
    return (explanation, sequence.files.compactMap(\.error))
  }

  private mutating func add(_ observation: Observation, _ device: DeviceID, _ signatures: [Signature]) {
    let key = Key(device: device, field: observation.field, text: observation.text, bytes: observation.bytes)
    if found[key] == nil, found.count < Self.limit {
      found[key] = Item(device: device, first: observation, order: found.count, signatures: signatures)
      return
    }
    found[key]?.count += 1
    for signature in signatures where found[key]?.signatures.contains(where: { $0.id == signature.id }) == false {
      found[key]?.signatures.append(signature)
    }
  }

  /// The observations, sorted by device and then by time.
  /// - Parameter wanted: a MAC or IP address; the result has all observations of that device, under any of its addresses.
  func items(ofDevice wanted: String?) -> [Item] {
    let devices = wanted.map { wanted in
      Set(
        found.values.lazy
          .filter { [$0.device.mac.description, $0.device.address.description, $0.first.subject.address.description].contains(wanted) }
          .map(\.device))
    }
    return found.values
      .filter { devices?.contains($0.device) ?? true }
      .sorted { ($0.device.description, $0.order) < ($1.device.description, $1.order) }
  }
}

struct ObservationDocument: Encodable {
  let device: String
  let field: String
  let value: String
  /// For payload fields: all bytes that signatures can test, in hexadecimal.
  let bytes: String?
  let port: Int?
  let peerPort: Int?
  let count: Int
  let firstSeen: String
  let packet: PacketDocument
  let signatures: [String]

  private enum CodingKeys: String, CodingKey {
    case device, field, value, bytes, port, count, packet, signatures
    case peerPort = "peer_port"
    case firstSeen = "first_seen"
  }

  init(_ item: Explanation.Item, files: [String]) {
    let observation = item.first
    device = item.device.description
    field = observation.field.rawValue
    value = observation.shownValue
    bytes = observation.field.isPayload ? observation.bytes.hexDigits : nil
    port = observation.port == 0 ? nil : Int(observation.port)
    peerPort = observation.peerPort == 0 ? nil : Int(observation.peerPort)
    count = item.count
    firstSeen = observation.time.rfc3339
    packet = PacketDocument(observation.packet, files: files)
    signatures = item.signatures.map(\.id)
  }
}
