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
    var parser: (any Parser)?
    var claimed = false
    for (index, datagram) in datagrams.enumerated() {
      let message = Message(
        payload: datagram.bytes.span.bytes, length: datagram.length ?? datagram.bytes.count, transport: .udp,
        source: datagram.fromOriginator ? one : two, destination: datagram.fromOriginator ? two : one,
        fromOriginator: datagram.fromOriginator, time: Timestamp(nanoseconds: Int64(index)),
        packet: PacketReference(file: 0, number: UInt64(index + 1)))
      sink.begin(message)
      if parser == nil {
        switch recognizer.recognize(message, into: &sink) {
        case .notMine: return (sink.observations, sink.streams, false)
        case .needMore: continue
        case .message: claimed = true
        case .done, .next: return (sink.observations, sink.streams, true)
        case .mine: parser = recognizer.makeParser()
        }
      }
      if let active = parser {
        claimed = true
        switch active.consume(message, into: &sink) {
        case .done: return (sink.observations, sink.streams, true)
        case .notMine: return (sink.observations, sink.streams, false)
        default: break
        }
      }
    }
    return (sink.observations, sink.streams, claimed)
  }

  /// What hostile datagrams are made of: each cut at every length, with bytes changed, and noise. Nothing may trap.
  static func torture(_ recognizer: any Recognizer, ports: [UInt16], _ samples: [[UInt8]]) {
    Seeds.$isPaused.withValue(true) {
      var random = TestRandom(seed: 7)
      for port in ports {
        for sample in samples {
          for length in 0...sample.count {
            let cut = Array(sample.prefix(length))
            _ = datagrams(recognizer, to: port, [Datagram(true, cut), Datagram(false, cut), Datagram(true, cut)])
            _ = datagrams(recognizer, from: port, to: 40001, [Datagram(true, cut, length: sample.count), Datagram(true, sample)])
          }
          for _ in 0..<200 {
            var changed = sample
            if !changed.isEmpty {
              changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next() >> 8)
            }
            _ = datagrams(
              recognizer, from: port, to: port, [Datagram(true, sample), Datagram(false, changed), Datagram(true, changed)])
          }
        }
        for _ in 0..<300 {
          let noise = (0..<4).map { Datagram($0 % 2 == 0, random.bytes(Int(random.next() % 80))) }
          _ = datagrams(recognizer, to: port, noise)
        }
      }
    }
  }
}
