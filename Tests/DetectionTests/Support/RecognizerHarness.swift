import Testing

@testable import Detection

/// Shows a recognizer bytes as the engine does, and gives back what it observed. Used by every test of a protocol.
enum Harness {
  static let camera = Endpoint(station: Station(mac: MACAddress(bits: 0x02_00_00_00_00_0A), address: IPAddress("192.168.1.10")!), port: 0)
  static let other = Endpoint(station: Station(mac: MACAddress(bits: 0x02_00_00_00_00_0B), address: IPAddress("192.168.1.11")!), port: 0)

  /// One datagram from `from` to `to`.
  static func datagram(
    _ recognizer: any Recognizer, _ bytes: [UInt8], transport: Transports = .udp, from: UInt16 = 40000, to: UInt16 = 40001,
    length: Int? = nil, expectation: Detection.Expectation? = nil
  ) -> (Disposition, [Observation]) {
    let isMissingBytes = length ?? bytes.count > bytes.count
    Seeds.keep(
      [recognizer], transport, from: from, to: to,
      [Seeds.Piece(bytes: bytes, isMissingBytes: isMissingBytes, isExpected: expectation != nil)])
    var sink = ObservationSink()
    let message = Message(
      payload: bytes.span.bytes, length: length ?? bytes.count, transport: transport, source: Endpoint(station: camera.station, port: from),
      destination: Endpoint(station: other.station, port: to), fromOriginator: true, time: Timestamp(nanoseconds: 1),
      packet: PacketReference(file: 0, number: 1), expectation: expectation)
    sink.begin(message)
    let disposition = recognizer.recognize(message, into: &sink)
    return (disposition, sink.observations)
  }

  /// A TCP conversation: pieces in order, `true` from the side that opened it (which is `camera` here), to server port `port`.
  /// Fed as given; then in pieces of 7 bytes; then byte by byte: what is observed must not depend on that.
  static func stream(
    _ recognizers: [any Recognizer], port: UInt16 = 80, _ pieces: [(fromClient: Bool, bytes: [UInt8])],
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [Observation] {
    Seeds.keep(recognizers, .tcp, from: 50000, to: port, pieces.map { Seeds.Piece(fromOriginator: $0.fromClient, bytes: $0.bytes) })
    let whole = feed(recognizers, port, pieces)
    for size in [7, 1] {
      let split = pieces.flatMap { piece in
        stride(from: 0, to: piece.bytes.count, by: size).map {
          (fromClient: piece.fromClient, bytes: Array(piece.bytes[$0..<min($0 + size, piece.bytes.count)]))
        }
      }
      let observed = feed(recognizers, port, split)
      let known = { (list: [Observation]) in list.filter { !$0.field.isPayload }.map { "\($0.field.rawValue)=\($0.text)" } }
      #expect(known(observed) == known(whole), "fed in pieces of \(size)", sourceLocation: sourceLocation)
    }
    return whole
  }

  /// Feeds the pieces as they are, then closes the connection where it is said who does.
  static func feed(
    _ recognizers: [any Recognizer], _ port: UInt16, _ pieces: [(fromClient: Bool, bytes: [UInt8])], closedByClient: Bool? = nil
  ) -> [Observation] {
    var sink = ObservationSink()
    let candidates = RecognizerSet(of: recognizers, on: .tcp)
    var conversation = StreamConversation(candidates: candidates, searching: candidates.searching(recognizers))
    let client = Endpoint(station: camera.station, port: 50000)
    let server = Endpoint(station: other.station, port: port)
    for (index, piece) in pieces.enumerated() {
      let message = Message(
        payload: piece.bytes.span.bytes, length: piece.bytes.count, transport: .tcp, source: piece.fromClient ? client : server,
        destination: piece.fromClient ? server : client, fromOriginator: piece.fromClient, time: Timestamp(nanoseconds: Int64(index)),
        packet: PacketReference(file: 0, number: UInt64(index + 1)))
      conversation.deliver(message, to: recognizers, into: &sink)
    }
    if let closedByClient {
      let nothing: [UInt8] = []
      let message = Message(
        payload: nothing.span.bytes, length: 0, transport: .tcp, source: closedByClient ? client : server,
        destination: closedByClient ? server : client, fromOriginator: closedByClient, time: Timestamp(nanoseconds: Int64(pieces.count)),
        packet: PacketReference(file: 0, number: UInt64(pieces.count + 1)))
      conversation.end(message, into: &sink)
    }
    return sink.observations
  }
}

/// `"00 ff 4142"` as bytes; spaces are ignored.
func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  precondition(digits.count % 2 == 0, "odd number of hexadecimal digits")
  var bytes: [UInt8] = []
  var index = digits.startIndex
  while index < digits.endIndex {
    let next = digits.index(index, offsetBy: 2)
    bytes.append(UInt8(digits[index..<next], radix: 16)!)
    index = next
  }
  return bytes
}

extension [Observation] {
  /// `field=value` of each, in order.
  var summary: [String] { map { "\($0.field.rawValue)=\($0.text)" } }
  subscript(field: Field) -> [String] { filter { $0.field == field }.map(\.text) }
}
