import Testing

@testable import Detection

/// Shows each recognizer of the registry hostile variants of its samples: cut, changed, with missing bytes, and mixed with noise. Nothing
/// may trap, and what is claimed of a cut message must be true of the whole one.
@Suite struct TortureTests {
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  struct Datagram {
    var direction = Direction.originator
    var bytes: [UInt8]
    /// Bytes on the wire, if the capture holds fewer.
    var length: Int?
  }

  enum Sample {
    /// One datagram or frame. Its beginning may show other facts than the whole one only if `cutsDiffer`.
    case message([UInt8], over: Transports, from: UInt16, to: UInt16, cutsDiffer: Bool)
    case conversation([Datagram], from: UInt16, to: UInt16)
    /// A TCP conversation. `then` are the recognizers of what follows in the same stream.
    case stream([Piece], port: UInt16, then: [any Recognizer])

    var transport: Transports {
      switch self {
      case .message(_, let transport, _, _, _): transport
      case .conversation: .udp
      case .stream: .tcp
      }
    }

    static func datagram(_ bytes: [UInt8], from: UInt16 = 40000, to: UInt16 = 40001, cutsDiffer: Bool = false) -> Sample {
      .message(bytes, over: .udp, from: from, to: to, cutsDiffer: cutsDiffer)
    }

    static func frame(_ bytes: [UInt8], over transport: Transports) -> Sample {
      .message(bytes, over: transport, from: 0, to: 0, cutsDiffer: false)
    }

    static func talk(_ bytes: [(Direction, [UInt8])], from: UInt16 = 40000, to: UInt16 = 40001) -> Sample {
      .conversation(bytes.map { Datagram(direction: $0.0, bytes: $0.1) }, from: from, to: to)
    }

    static func stream(_ pieces: [Piece], _ port: UInt16 = 80, then: [any Recognizer] = []) -> Sample {
      .stream(pieces, port: port, then: then)
    }
  }

  @Test(arguments: Registry.recognizers.map(\.name))
  func nothingTraps(name: String) throws {
    let recognizer = try #require(Registry.recognizers.first { $0.name == name })
    let samples = try #require(Self.samples[name], "a recognizer needs samples here")
    let read = samples.reduce(into: Transports()) { $0.formUnion($1.transport) }
    #expect(read == recognizer.transports, "samples for each transport")
    for sample in samples { #expect(Self.claims(recognizer, sample), "\(sample)") }
    Seeds.$isPaused.withValue(true) {
      for (index, sample) in samples.enumerated() {
        var random = TestRandom(seed: UInt64(index + 1))
        switch sample {
        case .message(let bytes, let transport, let from, let to, let cutsDiffer):
          Self.torture(recognizer, bytes, over: transport, from, to, cutsDiffer, &random)
        case .conversation(let datagrams, let from, let to): Self.torture(recognizer, datagrams, from, to, &random)
        case .stream(let pieces, let port, let then): Self.torture([recognizer] + then, pieces, port, &random)
        }
      }
    }
  }

  /// Whether the recognizer claims one of the sample's datagrams, or the bytes of one direction of its stream.
  static func claims(_ recognizer: any Recognizer, _ sample: Sample) -> Bool {
    switch sample {
    case .message(let bytes, let transport, let from, let to, _):
      return claims(recognizer, Datagram(bytes: bytes), over: transport, from, to)
    case .conversation(let datagrams, let from, let to):
      return datagrams.contains { claims(recognizer, $0, over: .udp, from, to) }
    case .stream(let pieces, let port, _):
      return [Direction.originator, .responder].contains { direction in
        let bytes = pieces.filter { $0.fromClient == (direction == .originator) }.flatMap(\.bytes)
        return claims(recognizer, Datagram(direction: direction, bytes: bytes), over: .tcp, 50000, port)
      }
    }
  }

  static func claims(
    _ recognizer: any Recognizer, _ datagram: Datagram, over transport: Transports, _ from: UInt16, _ to: UInt16
  ) -> Bool {
    var sink = ObservationSink()
    switch recognizer.recognize(message(datagram, over: transport, from, to), into: &sink) {
    case .notMine, .needMore: return false
    case .message, .mine, .done, .next: return true
    }
  }

  // MARK: Datagrams

  @_lifetime(borrow datagram)
  static func message(
    _ datagram: borrowing Datagram, over transport: Transports, _ from: UInt16, _ to: UInt16, number: Int = 0
  ) -> Message {
    let originator = Endpoint(station: Harness.camera.station, port: from)
    let responder = Endpoint(station: Harness.other.station, port: to)
    let isForward = datagram.direction == .originator
    return Message(
      payload: datagram.bytes.span.bytes, length: datagram.length ?? datagram.bytes.count, transport: transport,
      source: isForward ? originator : responder, destination: isForward ? responder : originator, direction: datagram.direction,
      time: Timestamp(nanoseconds: Int64(number)), packet: PacketReference(file: 0, number: UInt64(number + 1)))
  }

  /// Shows datagrams of one conversation to a recognizer, and after a claim to its parser.
  static func show(
    _ recognizer: any Recognizer, _ datagrams: [Datagram], over transport: Transports = .udp, _ from: UInt16, _ to: UInt16
  ) -> [Observation] {
    var sink = ObservationSink()
    var parser: (any Parser)?
    for (index, datagram) in datagrams.enumerated() {
      let message = message(datagram, over: transport, from, to, number: index)
      sink.begin(message)
      if parser == nil {
        switch recognizer.recognize(message, into: &sink) {
        case .needMore, .message: continue
        case .mine: parser = recognizer.makeParser()
        case .notMine, .done, .next: return sink.observations
        }
      }
      guard parser?.consume(message, into: &sink) == .mine else { break }
    }
    return sink.observations
  }

  static func torture(
    _ recognizer: any Recognizer, _ bytes: [UInt8], over transport: Transports, _ from: UInt16, _ to: UInt16, _ cutsDiffer: Bool,
    _ random: inout TestRandom
  ) {
    let whole = Set(show(recognizer, [Datagram(bytes: bytes)], over: transport, from, to).summary)
    for count in 0..<bytes.count {
      let cut = Datagram(bytes: Array(bytes[..<count]), length: bytes.count)
      let facts = show(recognizer, [cut], over: transport, from, to).summary
      #expect(cutsDiffer || whole.isSuperset(of: facts), "\(recognizer.name) cut to \(count)")
      _ = show(recognizer, [Datagram(bytes: cut.bytes)], over: transport, from, to)
    }
    for _ in 0..<1000 {
      let changed = Datagram(bytes: random.changed(bytes))
      _ = show(recognizer, [changed, Datagram(direction: .responder, bytes: bytes), changed], over: transport, from, to)
      let noise = bytes.prefix(Int(random.next() % 24)) + random.bytes(Int(random.next() % 200))
      _ = show(recognizer, [Datagram(bytes: Array(noise))], over: transport, from, to)
    }
  }

  static func torture(
    _ recognizer: any Recognizer, _ datagrams: [Datagram], _ from: UInt16, _ to: UInt16, _ random: inout TestRandom
  ) {
    _ = show(recognizer, datagrams, from, to)
    for index in datagrams.indices {
      let bytes = datagrams[index].bytes
      let step = max(1, bytes.count / 64)
      var variants = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[..<$0]) }
      for _ in 0..<100 { variants += [random.changed(bytes), random.bytes(Int(random.next() % 80))] }
      for variant in variants {
        var changed = datagrams
        changed[index].bytes = variant
        _ = show(recognizer, changed, from, to)
        changed[index].length = max(bytes.count, variant.count)
        _ = show(recognizer, changed + [datagrams[index]], from, to)
      }
    }
  }

  // MARK: Streams

  static func torture(_ recognizers: [any Recognizer], _ pieces: [Piece], _ port: UInt16, _ random: inout TestRandom) {
    let whole = pieces.map { (fromClient: $0.fromClient, bytes: Optional($0.bytes)) }
    let total = pieces.reduce(0) { $0 + $1.bytes.count }
    for length in stride(from: 0, through: total, by: max(1, total / 150)) {
      var left = length
      var cut: [(fromClient: Bool, bytes: [UInt8]?)] = []
      for piece in pieces where left > 0 {
        cut.append((piece.fromClient, Array(piece.bytes.prefix(left))))
        left -= piece.bytes.count
      }
      _ = Harness.conversation(recognizers, port: port, cut)
      // Noise from both sides, missing bytes, and the whole conversation behind them.
      cut += [(true, random.bytes(64)), (false, random.bytes(64)), (length % 2 == 0, nil)]
      _ = Harness.conversation(recognizers, port: port, cut + whole)
      _ = Harness.conversation(recognizers, port: port, pieces.map { ($0.fromClient, random.changed($0.bytes)) })
    }
    for _ in 0..<100 {
      let noise = (0..<8).map { (fromClient: $0 % 2 == 0, bytes: Optional(random.bytes(Int(random.next() % 300)))) }
      _ = Harness.conversation(recognizers, port: port, noise)
      _ = Harness.conversation(recognizers, port: port, pieces.map { ($0.fromClient, $0.bytes + random.bytes(20)) } + noise)
    }
  }
}

extension TestRandom {
  /// The bytes with one to four of them replaced.
  fileprivate mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var changed = bytes
    guard !bytes.isEmpty else { return changed }
    for _ in 0...next() % 4 { changed[Int(next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next() >> 24) }
    return changed
  }
}
