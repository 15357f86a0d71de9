import Foundation
import SignatureFiles
import Testing

@testable import Detection

/// Every signature can be met by what devices send: its examples go as packets through the whole engine, together with all other
/// signatures. An example of a field only tests the field; this tests the way to it.
@Suite struct ReachTests {
  static let loaded: [LoadedSignature] = {
    let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    return SignatureLoader.read(root.appending(path: "signatures").path).signatures
  }()
  static let all = SignatureSet(loaded.map(\.signature))

  /// What the packets of a device made the engine report about it.
  struct Outcome {
    var facts: [String] = []
    var fired: Set<String> = []
    var evidence: [Evidence] = []

    init(_ wire: Wire) {
      let engine = Engine(signatures: ReachTests.all)
      let (mac, address) = (MACAddress(wire.mac.hexDigits)!, IPAddress(wire.address)!)
      func isOurs(_ device: DeviceID) -> Bool { device.mac == mac || device.address == address }
      var facts: [String] = []
      var fired: Set<String> = []
      engine.observer = { observation, device, signatures in
        guard isOurs(device) else { return }
        facts.append("\(observation.field.rawValue)=\(observation.field.isPayload ? observation.bytes.hexDigits : observation.text)")
        fired.formUnion(signatures.map(\.id))
      }
      Seeds.$isPaused.withValue(true) {
        var feeder = Feeder(engine)
        for frame in wire.frames { feeder.frame(frame.bytes, link: frame.link, at: frame.seconds) }
      }
      engine.finish()
      evidence = engine.devices().filter { isOurs($0.id) }.flatMap(\.evidence)
      (self.facts, self.fired) = (facts, fired)
    }
  }

  /// The fields that there is no way to, in words for whoever added one.
  @Test func everyFieldHasAWay() {
    let values = Dictionary(
      Self.loaded.flatMap(\.examples).flatMap(\.observations).map { ($0.field, $0.text) }, uniquingKeysWith: { first, _ in first })
    for field in Field.allCases where !Wire.isShownElsewhere(field) {
      guard let text = Wire.samples[field] ?? values[field] ?? (field.isPayload ? "" : nil) else {
        Issue.record("\(field.rawValue): give it a value in Wire.samples (Wire+Fields.swift), because no signature's example has one")
        continue
      }
      #expect(
        Wire.encodes(field, text),
        """
        \(field.rawValue): there is no way to show it. Add a case to the Wire+….swift file of its kind, which sends what a device sends to \
        show a value; or, if it takes a whole conversation, a line to Wire.shownByTests with the test that shows it
        """)
    }
  }

  @Test(arguments: Wire.samples.keys.sorted { $0.rawValue < $1.rawValue })
  func samplesAreReportedAsTheyAre(_ field: Field) {
    let value = Observation(field: field, text: Wire.samples[field]!, subject: Station())
    var wire = Wire(of: [value])
    let isShown = wire.show(value)
    #expect(isShown)
    let outcome = Outcome(wire)
    #expect(outcome.facts.contains("\(field.rawValue)=\(value.text)"), "\(outcome.facts)")
  }

  /// The packets of an example from a device that speaks from the port of a payload, and from one that speaks to it: for each in its
  /// order and in the reverse one, because signatures look back at what was shown before. Nil if a value cannot be shown.
  private func wires(_ example: SignatureExample) -> [[Wire]]? {
    let values = example.observations
    let hasPort = values.contains { $0.field.isPayload && $0.port != 0 }
    var wires: [[Wire]] = []
    for speaksToPort in hasPort ? [false, true] : [false] {
      var orders: [Wire] = []
      for order in values.count > 1 ? [values, values.reversed()] : [values] {
        var wire = Wire(of: values, speaksToPort: speaksToPort)
        for value in order { if !wire.show(value) { return nil } }
        orders.append(wire)
      }
      wires.append(orders)
    }
    return wires
  }

  private func isShownElsewhere(_ example: SignatureExample) -> Bool {
    example.observations.contains { Wire.isShownElsewhere($0.field) }
  }

  @Test(arguments: loaded.indices)
  func examplesAreReached(_ index: Int) {
    let loaded = Self.loaded[index]
    for example in loaded.examples where !isShownElsewhere(example) {
      let place = "\(loaded.file):\(example.line): \(loaded.signature.id)"
      guard let wires = wires(example) else {
        Issue.record("\(place): no packet shows \(example.observations.map(\.shownValue))")
        continue
      }
      let outcomes = wires.joined().map { Outcome($0) }
      let reached = outcomes.filter { $0.fired.contains(loaded.signature.id) }
      guard !reached.isEmpty else {
        Issue.record("\(place) does not fire on packets that show its example. The engine reported: \(outcomes.map(\.facts))")
        continue
      }
      // In whatever order a device shows them.
      for outcome in reached {
        let evidence = outcome.evidence.first { $0.signature.id == loaded.signature.id }
        for (what, wanted, given) in [
          ("vendor", example.vendor, evidence?.vendor), ("model", example.model, evidence?.model), ("kind", example.kind, evidence?.kind),
        ] {
          if let wanted { #expect(given == wanted, "\(place) gives \(what) \(given ?? "nothing") by \(evidence?.value ?? "nothing")") }
        }
      }
    }
  }

  @Test(arguments: loaded.indices)
  func counterexamplesAreNot(_ index: Int) {
    let loaded = Self.loaded[index]
    for example in loaded.counterexamples where !isShownElsewhere(example) {
      // What no device can send needs no test. What a signature excludes must be shown before it fires.
      for orders in wires(example) ?? [] {
        let outcomes = orders.map { Outcome($0) }
        #expect(
          outcomes.contains { !$0.fired.contains(loaded.signature.id) },
          "\(loaded.file):\(example.line): \(loaded.signature.id) fires on its counterexample: \(outcomes.map(\.facts))")
      }
    }
  }
}
