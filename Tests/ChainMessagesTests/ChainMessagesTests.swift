import ChainMessages
import Foundation
import Testing

/// A JSON document that stands for an alert.
private typealias Document = [String: String]

@Suite struct ChainMessagesTests {
  private static let address = try! GatewayAddress(tenant: "grand-hotels", site: "lisbon", gateway: "gw-0123456789abcdef")

  // MARK: Topics

  @Test(arguments: ChainTopic.Channel.allCases) func everyTopicIsReadAsItWasWritten(_ channel: ChainTopic.Channel) throws {
    let topic = Self.address.topic(channel)
    #expect(topic.description == "lenscap/1/grand-hotels/lisbon/gw-0123456789abcdef/\(channel.rawValue)")
    #expect(try ChainTopic(topic.description) == topic)
    #expect(channel.isRetained == (channel == .health))
    #expect(channel.isUp == channel.rawValue.hasPrefix("up"))
  }

  @Test(arguments: [
    ("lenscap/2/a/b/gw-0123456789abcdef/up/event", "topic"), ("lenscap/1/a/b/gw-0123456789abcdef/up/other", "topic"),
    ("lenscap/1/a/b/gw-0123456789abcdef/up/event/x", "topic"), ("", "topic"), ("lenscap/1//b/gw-0123456789abcdef/up/event", "tenant"),
    ("lenscap/1/A/b/gw-0123456789abcdef/up/event", "tenant"), ("lenscap/1/+/b/gw-0123456789abcdef/up/event", "tenant"),
    ("lenscap/1/a/b c/gw-0123456789abcdef/up/event", "site"), ("lenscap/1/a/b/gw-0123456789ABCDEF/up/event", "gateway"),
    ("lenscap/1/a/b/gw-0123456789abcde/up/event", "gateway"), ("lenscap/1/a/b/0123456789abcdef/up/event", "gateway"),
  ]) func aTopicThatIsNoneOfTheChainIsRefused(_ text: String, _ part: String) {
    #expect(throws: ChainError.wrong(part)) { try ChainTopic(text) }
  }

  @Test func aNameHasAtMostFortyBytes() {
    #expect(GatewayAddress.isName(String(repeating: "a", count: 40)))
    #expect(!GatewayAddress.isName(String(repeating: "a", count: 41)))
  }

  // MARK: What is refused

  @Test(
    arguments: [
      (#"{"epoch":"e","seq":5}"#, nil), (#"{"epoch":"e","seq":0,"later":{"a":[1]}}"#, nil), (#"{"seq":5}"#, ChainError.wrong("epoch")),
      (#"{"epoch":"e"}"#, .wrong("seq")), (#"{"epoch":"e","seq":-1}"#, .wrong("seq")), (#"{"epoch":"e","seq":"5"}"#, .wrong("seq")),
      (#"{"epoch":"e","seq":1.5}"#, .notJSON), (#"{"epoch":"e","seq":99999999999999999999}"#, .notJSON),
      (#"{"epoch":"","seq":5}"#, .wrong("epoch")), (#"{"epoch":"a b","seq":5}"#, .wrong("epoch")), ("[]", .notJSON), ("", .notJSON),
      ("{", .notJSON), ("\u{1}", .notJSON),
    ] as [(String, ChainError?)]) func anAcknowledgement(_ text: String, _ error: ChainError?)
  {
    #expect(thrown { () throws(ChainError) in _ = try AckMessage(bytes: Data(text.utf8)) } == error)
  }

  private func thrown(_ body: () throws(ChainError) -> Void) -> ChainError? {
    do { try body() } catch { return error }
    return nil
  }

  @Test(
    arguments: [
      (#"{"epoch":"e","seq":7,"prev":3,"uid":"e-7","data":{}}"#, nil),
      (#"{"epoch":"e","seq":7,"prev":7,"uid":"e-7","data":{}}"#, ChainError.wrong("prev")),
      (#"{"epoch":"e","seq":7,"prev":-1,"uid":"e-7","data":{}}"#, .wrong("prev")),
      (#"{"epoch":"e","seq":0,"prev":0,"uid":"e-0","data":{}}"#, .wrong("seq")),
      (#"{"epoch":"e","seq":7,"prev":3,"uid":"e-8","data":{}}"#, .wrong("uid")),
      (#"{"epoch":"e","seq":7,"prev":3,"data":{}}"#, .wrong("uid")), (#"{"epoch":"e","seq":7,"prev":3,"uid":"e-7"}"#, .wrong("data")),
    ] as [(String, ChainError?)]) func anEvent(_ text: String, _ error: ChainError?)
  {
    #expect(thrown { () throws(ChainError) in _ = try EventMessage<Document>(bytes: Data(text.utf8)) } == error)
  }

  @Test func whatIsTooLongIsRefusedBothWays() {
    let long = Data(repeating: UInt8(ascii: " "), count: ChainLimits.acknowledgement + 1)
    #expect(thrown { () throws(ChainError) in _ = try AckMessage(bytes: long) } == .tooLong(bytes: 1025, limit: 1024))
    let event = EventMessage(epoch: "e", seq: 1, prev: 0, data: ["a": String(repeating: "x", count: ChainLimits.event)])
    guard case .tooLong(_, ChainLimits.event) = thrown({ () throws(ChainError) in _ = try event.bytes() }) else {
      Issue.record("it was written")
      return
    }
  }

  @Test func valuesOfOptionalKeysThatAreNoSuchValuesAreIgnored() throws {
    let text = #"{"epoch":"e","status":"online","time":5,"version":null,"pending":"many","acked_seq":[]}"#
    let health = try HealthMessage(bytes: Data(text.utf8))
    #expect(health == HealthMessage(epoch: "e", status: .online, time: nil, version: nil, pending: 0, ackedSeq: 0))
    #expect(throws: ChainError.wrong("status")) { try HealthMessage(bytes: Data(#"{"epoch":"e","status":"asleep"}"#.utf8)) }
    let state = try StateMessage<Document>(bytes: Data(#"{"epoch":"e","accept":"all","devices":{"camera":"x"},"applied":7}"#.utf8))
    #expect(state.accept.isEmpty && state.devices.isEmpty && state.applied.isEmpty)
  }

  @Test(
    arguments: [
      (#"{"id":"c1","kind":"later","data":{}}"#, nil), (#"{"id":"c/1","kind":"rooms","data":{}}"#, ChainError.wrong("id")),
      (#"{"id":"c1","kind":"","data":{}}"#, .wrong("kind")), (#"{"id":"c1","kind":"rooms"}"#, .wrong("data")),
    ] as [(String, ChainError?)]) func aConfiguration(_ text: String, _ error: ChainError?)
  {
    #expect(thrown { () throws(ChainError) in _ = try ConfigMessage<Document>(bytes: Data(text.utf8)) } == error)
  }

  @Test func whatIsSignedDependsOnIdKindAndData() throws {
    let message = ConfigMessage(id: "c1", kind: "signatures", data: ["b": "x/y", "a": "ü"], signature: "c2ln")
    #expect(try String(decoding: message.canonicalBytes(), as: UTF8.self) == #"{"data":{"a":"ü","b":"x/y"},"id":"c1","kind":"signatures"}"#)
  }

  @Test(arguments: [("gw-1", "gateway"), ("", "gateway")]) func anEnrolmentNamesItsGateway(_ gateway: String, _ key: String) {
    let enrolment = Enrolment(
      gateway: gateway, tenant: "t", site: "s", certificate: "", ca: "", broker: .init(host: "h", port: 8883), central: "https://h")
    #expect(throws: ChainError.wrong(key)) { try enrolment.check() }
  }

  @Test(arguments: [("http://h", 8883, "central"), ("https://h", 0, "broker"), ("https://a b", 8883, "central")])
  func anEnrolmentNamesWhomToSpeakTo(_ central: String, _ port: Int, _ key: String) {
    let enrolment = Enrolment(
      gateway: "gw-0123456789abcdef", tenant: "t", site: "s", certificate: "", ca: "", broker: .init(host: "h", port: port),
      central: central)
    #expect(throws: ChainError.wrong(key)) { try enrolment.check() }
  }

  // MARK: Recorded messages

  /// What this version writes must stay readable, and what was recorded of earlier versions must be written the same: boxes and central are
  /// brought up to date months apart.
  @Test func recordedMessagesAreReadAndWrittenTheSame() throws {
    let recorded = try Recorded(version: "1")
    func same(_ name: String, _ message: some ChainMessage) throws {
      #expect(try String(decoding: message.bytes(), as: UTF8.self) == recorded.line(name), "\(name)")
    }
    try same("up-event", EventMessage<JSON>(bytes: recorded.bytes("up-event")))
    try same("up-health", HealthMessage(bytes: recorded.bytes("up-health")))
    try same("up-health-will", HealthMessage(bytes: recorded.bytes("up-health-will")))
    try same("up-state", StateMessage<JSON>(bytes: recorded.bytes("up-state")))
    try same("down-ack", AckMessage(bytes: recorded.bytes("down-ack")))
    try same("down-config", ConfigMessage<JSON>(bytes: recorded.bytes("down-config")))
    try same("down-command", CommandMessage(bytes: recorded.bytes("down-command")))
    try same("enrol", EnrolmentRequest(bytes: recorded.bytes("enrol")))
    try same("enrolment", Enrolment(bytes: recorded.bytes("enrolment")))
  }

  @Test func aBoxOfLaterDaysMaySayMore() throws {
    let recorded = try Recorded(version: "later")
    let event = try EventMessage<JSON>(bytes: recorded.bytes("up-event"))
    #expect(event.seq == 12 && event.prev == 9)
    #expect(try AckMessage(bytes: recorded.bytes("down-ack")).seq == 12)
    #expect(try ConfigMessage<JSON>(bytes: recorded.bytes("down-config")).kind == "weather")
  }
}

/// Messages of one version, a line each behind its name.
private struct Recorded {
  private let lines: [String: String]

  init(version: String) throws {
    let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try String(contentsOfFile: "/\(path)/Recorded/\(version).txt", encoding: .utf8)
    lines = Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").map { line in
        let parts = line.split(separator: " ", maxSplits: 1)
        return (String(parts[0]), String(parts[1]))
      })
  }

  func line(_ name: String) -> String { lines[name] ?? "" }
  func bytes(_ name: String) -> Data { Data(line(name).utf8) }
}

/// Any JSON.
private enum JSON: Codable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
