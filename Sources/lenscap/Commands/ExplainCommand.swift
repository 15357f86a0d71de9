import ArgumentParser
import Capture
import Detection
import SignatureFiles

extension Signatures {
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what a capture lets be observed, and which signatures that meets.",
      discussion: "The way to a new signature: what a camera says of itself is here, field by field, with the packet that says it.")

    @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "file"))
    var files: [String]

    @Option(help: "text for people; jsonl, one observation a line.")
    var format: Watch.Format = .text

    @Option(help: ArgumentHelp("Only this device: a MAC or IP address.", valueName: "address"))
    var device: String?

    @Option(
      help: ArgumentHelp("Which conditions of this signature each device meets, and what keeps it from the others.", valueName: "id"))
    var signature: String?

    @OptionGroup var detection: DetectionOptions

    func validate() throws {
      if signature != nil, format == .jsonl { throw ValidationError("--signature is for people: it goes with --format text.") }
    }

    func run() throws {
      let signatures = try detection.loadSignatures()
      let asked = try signature.map { try find($0, in: signatures.signatures) }
      let (explanation, errors) = Explanation.observe(files, with: try detection.engineMaker(signatures)())
      let items = explanation.items(ofDevice: device?.lowercased())
      switch format {
      case .text where asked != nil: for signature in asked ?? [] { printOut(Self.text(of: signature, items)) }
      case .text: printOut(items.isEmpty ? "Nothing observed." : Self.text(items))
      case .jsonl: for item in items { printOut(try JSON.text(Line(type: "observation", body: ObservationDocument(item, files: files)))) }
      }
      for error in errors { printError("lenscap: \(error)") }
      if let status = errors.first.flatMap({ ExitStatus(rawValue: $0.exitStatus) }) { throw status.code }
    }

    private func find(_ id: String, in signatures: [Signature]) throws -> [Signature] {
      let found = signatures.filter { $0.id == id }
      if found.isEmpty {
        let nearest = id.nearest(in: signatures.map(\.id)).map { " Did you mean “\($0)”?" } ?? ""
        throw usageError("no signature has the id “\(id)”; `lenscap signatures list` shows all.\(nearest)")
      }
      return found
    }

    /// How each device stands with a signature: those that showed what it looks at, the nearest to meeting it first.
    private static func text(of signature: Signature, _ items: [Explanation.Item]) -> String {
      let devices = Dictionary(grouping: items, by: \.device)
        .map { (device: $0.key, check: signature.condition.check($0.value.map(\.first))) }
        .filter { $0.check.hasValues }
        .sorted { (Self.rank($0.check), $0.device.description) < (Self.rank($1.check), $1.device.description) }
      if devices.isEmpty { return "\(signature.id): no device showed anything that it looks at." }
      let met = devices.count { $0.check.holds }
      let head = Style.forOutput.strong(signature.id) + ": met by \(plural(met, "device") ?? "no device") of \(devices.count)"
      return ([head] + devices.flatMap { ["", "\($0.device)"] + ConditionText($0.check, indent: 2).lines }).joined(separator: "\n")
    }

    private static func rank(_ check: ConditionCheck) -> Int { check.holds ? 0 : check.isPartlyMet ? 1 : 2 }

    private static func text(_ items: [Explanation.Item]) -> String {
      var lines: [String] = []
      var device: DeviceID?
      for item in items {
        if item.device != device {
          lines += (device == nil ? [] : [""]) + [Style.forOutput.strong("\(item.device)")]
          device = item.device
        }
        let times = item.count > 1 ? ", \(item.count) times" : ""
        lines.append(
          "  \(item.first.field.rawValue.padded(right: 18)) \(item.first.shownValue.cut(80).padded(right: 50))  packet \(item.first.packet.number)\(times)"
        )
        lines += item.signatures.map { "    → \($0.id): \($0.says.rawValue)" + ($0.strength.map { ", \($0.rawValue)" } ?? "") }
      }
      return lines.joined(separator: "\n")
    }
  }
}

/// Different observations of each device, with the first packet of each and the signatures that it met.
struct Explanation {
  struct Item {
    let device: DeviceID
    let first: Observation
    /// How many others came before it.
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

  /// Different observations that are kept; more are not shown.
  private static let limit = 1_000_000
  private var found: [Key: Item] = [:]

  /// Replays captures; their errors are the caller's to tell.
  static func observe(_ files: [String], with engine: Engine) -> (Explanation, errors: [CaptureError]) {
    let sequence = CaptureSequence(paths: InputFiles.expand(files))
    var explanation = Explanation()
    engine.observer = { explanation.add($0, $1, $2) }
    sequence.run { engine.ingest($0) }
    engine.finish()
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

  /// By device, then in the order in which they were seen.
  /// - Parameter wanted: a MAC or IP address: of that device everything, whichever of its addresses it was seen with.
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
  /// Payload fields: all bytes that signatures may look at, in hexadecimal.
  let bytes: String?
  let port: Int?
  let peerPort: Int?
  let count: Int
  let firstSeen: String
  let packet: PacketDocument
  let signatures: [String]

  init(_ item: Explanation.Item, files: [String]) {
    let observation = item.first
    device = item.device.description
    field = observation.field.rawValue
    value = observation.shownValue
    bytes = observation.field.isPayload ? observation.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() : nil
    port = observation.port == 0 ? nil : Int(observation.port)
    peerPort = observation.peerPort == 0 ? nil : Int(observation.peerPort)
    count = item.count
    firstSeen = observation.time.rfc3339
    packet = PacketDocument(observation.packet, files: files)
    signatures = item.signatures.map(\.id)
  }
}
