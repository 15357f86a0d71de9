@testable import Detection

extension Harness {
  struct Datagram {
    var fromOriginator: Bool
    var bytes: [UInt8]
    /// On the wire, where the capture holds less.
    var length: Int?

    init(_ fromOriginator: Bool, _ bytes: [UInt8], length: Int? = nil) {
      self.fromOriginator = fromOriginator
      self.bytes = bytes
      self.length = length
    }
  }

  /// One UDP conversation between the harness's camera, which opens it, and the other, as the engine hands it to one recognizer.
  static func datagrams(
    _ recognizer: any Recognizer, from: UInt16 = 40000, to: UInt16 = 40001, _ datagrams: [Datagram]
  ) -> (observations: [Observation], streams: [MediaStream], claimed: Bool) {
    Seeds.keep(
      [recognizer], .udp, from: from, to: to,
      datagrams.map { Seeds.Piece(fromOriginator: $0.fromOriginator, bytes: $0.bytes, isMissingBytes: $0.length ?? 0 > $0.bytes.count) })
    var sink = ObservationSink()
    let one = Endpoint(station: camera.station, port: from)
    let two = Endpoint(station: other.station, port: to)
    var conversation = DatagramConversation(candidates: RecognizerSet(of: [recognizer], on: .udp))
    for (index, datagram) in datagrams.enumerated() {
      let message = Message(
        payload: datagram.bytes.span.bytes, length: datagram.length ?? datagram.bytes.count, transport: .udp,
        source: datagram.fromOriginator ? one : two, destination: datagram.fromOriginator ? two : one,
        fromOriginator: datagram.fromOriginator, time: Timestamp(nanoseconds: Int64(index)),
        packet: PacketReference(file: 0, number: UInt64(index + 1)))
      conversation.deliver(message, to: [recognizer], reportsUnknown: false, into: &sink)
    }
    return (sink.observations, sink.streams, conversation.isClaimed)
  }

}
