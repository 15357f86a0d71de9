import Detection

private let client = Station(mac: MACAddress(bits: 0x02_00_00_00_00_0A), address: IPAddress("192.168.1.10")!)
private let server = Station(mac: MACAddress(bits: 0x02_00_00_00_00_0B), address: IPAddress("192.168.1.11")!)
private let ports: [UInt16] = [
  40000, 53, 67, 68, 80, 443, 546, 547, 554, 1900, 3478, 3702, 5353, 5355, 6666, 6667, 8000, 8554, 8800, 9999, 10000, 10001, 20002, 32100,
  32108, 34567, 37020, 37777, 37810, 54321,
]

/// Pieces of the input, each with a byte for direction and port and one or two for its length.
private func forEachPiece(_ bytes: UnsafeRawBufferPointer, _ body: (_ fromClient: Bool, _ port: UInt16, _ piece: [UInt8]) -> Bool) {
  var rest = bytes[...]
  guard let first = rest.popFirst() else { return }
  let port = ports[Int(first) % ports.count]
  while let head = rest.popFirst() {
    // Bit 0: direction; bit 1: up to 255 bytes; bit 2: all that is left.
    let length = head & 2 != 0 ? Int(rest.popFirst() ?? 0) : head & 4 != 0 ? rest.count : Int(head >> 3)
    let piece = Array(rest.prefix(length))
    rest = rest.dropFirst(length)
    if !body(head & 1 == 0, port, piece) { return }
  }
}

func fuzzDatagrams(_ recognizer: any Recognizer, _ bytes: UnsafeRawBufferPointer) {
  let carrier: Carriers =
    recognizer.carriers.contains(.udp) ? .udp
    : recognizer.carriers.contains(.arp) ? .arp
    : recognizer.carriers.contains(.icmpv6) ? .icmpv6 : recognizer.carriers.contains(.wifi) ? .wifi : .tcp
  var parser: (any Parser)?
  var time: Int64 = 0
  forEachPiece(bytes) { fromClient, port, piece in
    time &+= 1_000_000
    var sink = ObservationSink()
    let message = message(piece, carrier, fromClient, port, time)
    sink.begin(message)
    var disposition = parser == nil ? recognizer.recognize(message, into: &sink) : .mine
    if disposition == .mine {
      let consumer = parser ?? recognizer.makeParser()
      parser = consumer
      disposition = consumer.consume(message, into: &sink)
    }
    consume(sink)
    return disposition.goesOn
  }
}

func fuzzStream(_ recognizer: any Recognizer, _ bytes: UnsafeRawBufferPointer) {
  var parser: (any Parser)?
  var prefixes: [[UInt8]] = [[], []]
  var time: Int64 = 0
  forEachPiece(bytes) { fromClient, port, piece in
    time &+= 1_000_000
    var sink = ObservationSink()
    if piece.isEmpty {
      parser?.gap(fromOriginator: fromClient)
      return true
    }
    let part = message(piece, .tcp, fromClient, port, time)
    var disposition = Disposition.mine
    if parser == nil {
      prefixes[fromClient ? 0 : 1] += piece
      let prefix = prefixes[fromClient ? 0 : 1]
      let question = message(prefix, .tcp, fromClient, port, time)
      sink.begin(question)
      disposition = recognizer.recognize(question, into: &sink)
      if disposition == .mine {
        let made = recognizer.makeParser()
        parser = made
        // What was kept comes in one piece.
        disposition = made.consume(question, into: &sink)
      }
    } else if let parser {
      sink.begin(part)
      disposition = parser.consume(part, into: &sink)
    }
    consume(sink)
    return disposition.goesOn && prefixes[0].count < 8192
  }
}

@_lifetime(borrow bytes)
private func message(_ bytes: borrowing [UInt8], _ carrier: Carriers, _ fromClient: Bool, _ port: UInt16, _ time: Int64) -> Message {
  let (near, far) = (Endpoint(station: client, port: 40001), Endpoint(station: server, port: port))
  // Now and then the capture is cut.
  return Message(
    payload: bytes.span.bytes, length: bytes.count + (carrier == .udp && time % 3_000_000 == 0 ? 700 : 0), carrier: carrier,
    source: fromClient ? near : far, destination: fromClient ? far : near, fromOriginator: fromClient, time: Timestamp(nanoseconds: time),
    packet: PacketReference(file: 0, number: UInt64(time)))
}

extension Disposition {
  fileprivate var goesOn: Bool {
    switch self {
    case .needMore, .message, .mine: true
    case .notMine, .done, .next: false
    }
  }
}
