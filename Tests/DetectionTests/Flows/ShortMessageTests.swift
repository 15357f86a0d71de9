import Testing

@testable import Detection

/// Messages over TCP that are shorter than what recognizers want to see before they decide.
@Suite struct ShortMessageTests {
  /// The one waits for more bytes than these messages have.
  static let recognizers: [any Recognizer] = [HTTPRecognizer(), RawVideoRecognizer()]

  private static func payloads(_ pieces: [(Bool, String)], closedByClient: Bool? = nil) -> [String] {
    Harness.feed(recognizers, 8000, pieces.map { (fromClient: $0.0, bytes: hex($0.1)) }, closedByClient: closedByClient)
      .filter { $0.field == .tcpPayload }
      .map { "\($0.subject == Harness.camera.station ? "client" : "server") \($0.bytes.hexDigits)" }
  }

  @Test func anAnswerEndsAMessage() {
    #expect(Self.payloads([(true, "01020304")]) == [])
    #expect(Self.payloads([(true, "0102"), (true, "0304"), (false, "0506"), (true, "07")]) == ["client 01020304", "server 0506"])
  }

  @Test func theEndOfAConnectionEndsAMessage() {
    #expect(Self.payloads([(true, "01020304")], closedByClient: true) == ["client 01020304"])
    // The other side has said nothing.
    #expect(Self.payloads([(true, "01020304")], closedByClient: false) == [])
  }

  @Test func aKnownProtocolIsNotReported() {
    let (request, rest) = ("474554202f20", "485454502f312e310d0a0d0a")
    #expect(Self.payloads([(true, request), (true, rest)], closedByClient: true) == [])
    #expect(Self.payloads([(true, request), (false, "485454502f312e3120323030204f4b0d0a0d0a")]) == [])
  }
}
