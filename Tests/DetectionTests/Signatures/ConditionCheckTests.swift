import Testing

@testable import Detection

@Suite struct ConditionCheckTests {
  static let name = Condition.test(
    [.dhcpHostname], ValueTest([.prefix([Array("dcs-".utf8)])], unless: [ValueTest([.suffix([Array("plug".utf8)])])]))
  static let port = Condition.test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [1, nil])]), .port([80])]))

  static func shown(_ field: Field, _ text: String = "", bytes: [UInt8] = [], port: UInt16 = 0) -> Observation {
    Observation(field: field, text: text, bytes: bytes, length: bytes.count, subject: Station(), port: port)
  }

  @Test func whatStandsInTheWay() {
    let cases: [(Condition, [Observation], holds: Bool, obstacle: String)] = [
      (Self.name, [Self.shown(.dhcpHostname, "DCS-930L")], true, ""),
      (Self.name, [Self.shown(.dhcpHostname, "phone"), Self.shown(.dhcpHostname, "DCS-930L")], true, ""),
      (Self.name, [Self.shown(.dhcpHostname, "phone")], false, "prefix"),
      (Self.name, [Self.shown(.dhcpHostname, "DCS-plug")], false, "unless"),
      (Self.name, [Self.shown(.mdnsName, "DCS-930L")], false, ""),
      (Self.port, [Self.shown(.udpPayload, bytes: [1, 2], port: 80)], true, ""),
      (Self.port, [Self.shown(.udpPayload, bytes: [1, 2], port: 81)], false, "port"),
      (Self.port, [Self.shown(.udpPayload, bytes: [2, 2], port: 80)], false, "bytes"),
    ]
    for (condition, observations, holds, obstacle) in cases {
      let check = condition.check(observations)
      guard case .test(_, _, _, let failed) = check else {
        Issue.record("not a test")
        continue
      }
      #expect(check.holds == holds)
      #expect(failed.map { Self.name(of: $0.at) } == (obstacle.isEmpty ? [] : [obstacle]))
    }
  }

  @Test func partsAreJudgedAsTheMatcherDoes() {
    let observations = [Self.shown(.dhcpHostname, "DCS-930L"), Self.shown(.mdnsName, "other")]
    let absent = Condition.test([.mdnsService], ValueTest([.equals([Array("_x".utf8)])]))
    let conditions: [(Condition, holds: Bool, partly: Bool)] = [
      (.all([Self.name, absent]), false, true), (.any([absent, Self.name]), true, true), (.all([Self.name, .not(absent)]), true, true),
      (.not(Self.name), false, false), (absent, false, false),
    ]
    for (condition, holds, partly) in conditions {
      let check = condition.check(observations)
      #expect(check.holds == holds)
      #expect(check.isPartlyMet == partly)
      let signature = Signature(id: "x", says: .camera, facet: .name, strength: .supports, condition: condition, because: "")
      #expect(!SignatureSet([signature]).match(observations).isEmpty == holds || Self.hasOnlyAbsence(condition))
    }
  }

  /// The matcher asks for something beside what must be absent.
  private static func hasOnlyAbsence(_ condition: Condition) -> Bool {
    if case .not = condition { true } else { false }
  }

  private static func name(of obstacle: ConditionCheck.Obstacle) -> String {
    switch obstacle {
    case .fails(.prefix): "prefix"
    case .fails(.port): "port"
    case .fails(.bytes): "bytes"
    case .excepted: "unless"
    default: "another"
    }
  }
}
