import Testing

@testable import Detection

@Suite struct RTPTests {
  static let recognizer = RTPRecognizer()

  struct Datagram {
    var fromCamera = true
    var bytes: [UInt8]
    var length: Int?
    var milliseconds = 0
  }

  /// Shows a UDP conversation like the engine: to the recognizer until it claims the conversation, then to the parser.
  static func conversation(
    _ datagrams: [Datagram], expectation: Detection.Expectation? = nil
  ) -> (last: Disposition, observations: [Observation], streams: [MediaStream]) {
    Seeds.keep(
      [recognizer], .udp, from: 6970, to: 50004,
      datagrams.map {
        Seeds.Piece(
          fromOriginator: $0.fromCamera, bytes: $0.bytes, isMissingBytes: $0.length ?? 0 > $0.bytes.count, isExpected: expectation != nil)
      })
    var sink = ObservationSink()
    var parser: (any Parser)?
    var last = Disposition.needMore
    let camera = Endpoint(station: Harness.camera.station, port: 6970)
    let viewer = Endpoint(station: Harness.other.station, port: 50004)
    for datagram in datagrams {
      let message = Message(
        payload: datagram.bytes.span.bytes, length: datagram.length ?? datagram.bytes.count, transport: .udp,
        source: datagram.fromCamera ? camera : viewer, destination: datagram.fromCamera ? viewer : camera,
        fromOriginator: datagram.fromCamera, time: Timestamp(nanoseconds: Int64(datagram.milliseconds) * 1_000_000),
        packet: PacketReference(file: 0, number: 1),
        expectation: expectation)
      sink.begin(message)
      if parser == nil {
        last = recognizer.recognize(message, into: &sink)
        if case .mine = last { parser = recognizer.makeParser() }
      }
      if let parser { last = parser.consume(message, into: &sink) }
      if case .done = last { break }
      if case .notMine = last { break }
    }
    return (last, sink.observations, sink.streams)
  }

  static func datagrams(_ samples: [(length: Int, head: String)]) -> [Datagram] {
    samples.map { Datagram(bytes: hex($0.head), length: $0.length) }
  }

  /// A packet made from RFC 3550 section 5.1.
  static func packet(_ type: UInt8, _ sequence: UInt16, _ timestamp: UInt32, source: UInt32 = 0x1234_5678, _ payload: [UInt8])
    -> [UInt8]
  {
    var bytes: [UInt8] = [0x80, type, UInt8(sequence >> 8), UInt8(sequence & 255)]
    for word in [timestamp, source] { for shift in [24, 16, 8, 0] { bytes.append(UInt8(word >> UInt32(shift) & 255)) } }
    return bytes + payload
  }

  static let announced = Detection.Expectation(
    kind: .rtp(codecs: [96: "H265", 8: "PCMA"]), address: Harness.other.station.address, port: 50004)

  @Test func announcedByRTSP() {
    // What FFmpeg sends first to open a way: an empty packet and a receiver report. They do not mark the viewer.
    let punch = Datagram(fromCamera: false, bytes: hex("80000000 00000000 00000000"))
    let report = Datagram(fromCamera: false, bytes: hex("80c90001 00000000"))
    let media = Datagram(bytes: hex(RTPSamples.h264[1].head), length: 1472)
    let result = Self.conversation([punch, report, media], expectation: Self.announced)
    #expect(result.observations.summary == ["rtp.payload=H265"])
    #expect(result.observations[0].subject == Harness.camera.station)
    #expect(result.streams.map(\.name) == ["RTP H265"])
    #expect(result.streams[0].sender.station == Harness.camera.station)
    // VLC opens its way with this.
    let vlc = Self.conversation([Datagram(fromCamera: false, bytes: hex("cefaedfe"))], expectation: Self.announced)
    #expect(vlc.observations == [])
  }

  /// Video in the clear that flows one way for a while; in a call both sides send, and an encrypted one shows no codec.
  @Test func oneWay() {
    // FU-A fragments of pictures, two each (RFC 6184 section 5.8).
    let video = { (index: Int, milliseconds: Int) in
      Datagram(
        bytes: Self.packet(
          96, UInt16(index), UInt32(index / 2) * 3000, hex(index % 2 == 0 ? "7c85b8" : "7c45b8") + [UInt8](repeating: 0x5A, count: 900)),
        milliseconds: milliseconds)
    }
    let long = (0..<200).map { video($0, $0 * 20) }
    #expect(Self.conversation(long).observations.summary == ["rtp.payload=H264", "rtp.video=H264"])
    #expect(Self.conversation(long).streams.map(\.isVideo) == [true])
    // Receivers report.
    let reported = long.flatMap {
      [$0, Datagram(fromCamera: false, bytes: hex("81c90007 12345678") + [UInt8](repeating: 0, count: 24), milliseconds: $0.milliseconds)]
    }
    #expect(Self.conversation(reported).observations[.rtpVideo] == ["H264"])
    // The sender's report proves it sooner, on the same port or on the next one.
    let report = hex("80c80006 12345678") + [UInt8](repeating: 0, count: 20)
    let short = (0..<24).map { video($0, $0 * 20) }
    #expect(Self.conversation(short).observations[.rtpVideo] == [])
    #expect(Self.conversation(short + [Datagram(bytes: report)]).observations[.rtpVideo] == ["H264"])
    let expectation = Detection.Expectation(
      kind: .reports(source: 0x1234_5678, codec: "H264"), address: Harness.camera.station.address, port: 6971)
    #expect(Harness.datagram(Self.recognizer, report, from: 6971, to: 50005, expectation: expectation).1.summary == ["rtp.video=H264"])
    let receiver = hex("81c90007 12345678") + [UInt8](repeating: 0, count: 24)
    #expect(Harness.datagram(Self.recognizer, receiver, from: 50005, to: 6971, expectation: expectation).1 == [])
    // A call: sound comes back. Less than two seconds.
    let call = long.enumerated().flatMap { index, datagram in
      [
        datagram,
        Datagram(
          fromCamera: false, bytes: Self.packet(0, UInt16(index), UInt32(index) * 160, source: 7, [UInt8](repeating: 0xD5, count: 160)),
          milliseconds: datagram.milliseconds),
      ]
    }
    #expect(Self.conversation(call).observations[.rtpVideo] == [])
    #expect(Self.conversation((0..<200).map { video($0, $0 * 8) }).observations[.rtpVideo] == [])
    // Sound alone is not watched.
    #expect(Self.conversation(Self.datagrams(RTPSamples.pcmu)).streams.map(\.isVideo) == [false])
  }

  @Test func byContent() {
    for (samples, codec) in [
      (RTPSamples.h264, "H264"), (RTPSamples.h265, "H265"), (RTPSamples.jpeg, "JPEG"), (RTPSamples.pcmu, "PCMU"),
    ] {
      let result = Self.conversation(Self.datagrams(samples))
      #expect(result.observations.summary == ["rtp.payload=\(codec)"], "\(codec)")
      #expect(result.streams.map(\.name) == ["RTP \(codec)"])
      // Every packet twice, as some captures show them; and with a lost one.
      #expect(Self.conversation(Self.datagrams(samples).flatMap { [$0, $0] }).observations.summary == ["rtp.payload=\(codec)"])
      // Too few to be sure.
      #expect(Self.conversation(Array(Self.datagrams(samples).prefix(3))).observations == [])
    }
  }

  @Test func afterLoss() {
    var datagrams = Self.datagrams(RTPSamples.h265)
    datagrams.remove(at: 2)
    #expect(Self.conversation(datagrams).observations.summary == ["rtp.payload=H265"])
    // No unit is whole any more: not sure.
    datagrams.remove(at: 4)
    #expect(Self.conversation(datagrams).observations == [])
  }

  /// Sound and other video is never H.264, whatever its payload type.
  @Test func otherCodecs() {
    for samples in [RTPSamples.opus, RTPSamples.aac, RTPSamples.vp8] {
      let type = hex(samples[0].head)[1] & 0x7F
      #expect(Self.conversation(Self.datagrams(samples)).observations.summary == ["rtp.payload=PT \(type)"])
    }
  }

  @Test func programAndTransportStream() {
    // GB/T 28181: a pack header (ISO 13818-1 table 2-33) at each frame's start.
    let pack = hex("000001ba 44 00 04 00 04 01 00 00 03 f8 000001e0 0018 8c80")
    let program = (0..<6).map { (index: Int) in
      Datagram(bytes: Self.packet(96, UInt16(index), 3600 * UInt32(index / 2), index % 2 == 0 ? pack : pack.reversed()))
    }
    #expect(Self.conversation(program).observations.summary == ["rtp.payload=PS"])
    let cell: [UInt8] = hex("47401110") + [UInt8](repeating: 0xFF, count: 184)
    let cells: [UInt8] = Array(repeatElement(cell, count: 7).joined())
    let transport = (0..<6).map { (index: Int) in Datagram(bytes: Self.packet(33, UInt16(index), 3600, cells)) }
    #expect(Self.conversation(transport).observations.summary == ["rtp.payload=MP2T"])
  }

  /// A call with SRTP in both directions: clear headers and random payloads. It is RTP of an unknown codec.
  @Test func encryptedCall() {
    var random = TestRandom(seed: 7)
    for type: UInt8 in [96, 102, 111] {
      for round in 0..<20 {
        var datagrams: [Datagram] = []
        for index in 0..<300 {
          datagrams.append(
            Datagram(
              bytes: Self.packet(
                type, UInt16(truncatingIfNeeded: index + round * 9000), UInt32(index) * 3000, random.bytes(180 + index % 60))))
          datagrams.append(
            Datagram(
              fromCamera: false, bytes: Self.packet(type, UInt16(index), UInt32(index) * 3000, source: 9, random.bytes(90))))
        }
        let result = Self.conversation(datagrams)
        #expect(result.observations.summary == ["rtp.payload=PT \(type)", "rtp.payload=PT \(type)"])
        #expect(Set(result.observations.map(\.subject)).count == 2)
      }
    }
  }

  @Test func oneConstantByteIsNoVideo() {
    // Opus in mono with a constant table of contents that reads as a unit of type 1; of type 24, whose sizes do not fit.
    for first: UInt8 in [0x41, 0x61, 0x78] {
      var random = TestRandom(seed: 3)
      let datagrams = (0..<300).map { Datagram(bytes: Self.packet(96, UInt16($0), UInt32($0) * 960, [first] + random.bytes(40))) }
      #expect(Self.conversation(datagrams).observations.summary == ["rtp.payload=PT 96"])
    }
  }

  @Test(arguments: [
    "cefaedfe", "000100002112a442000102030405060708090a0b", "16fefd0000000000000000", "80", "", "f1310014544e5055",
    "80607fff00000000000000000102", "80c8", "81600000000000010000000100000002ff", "9060000000000001000000010000ffff00",
    "80150000000000010000000100000002ff", "a0600000000000010000000109", "d0600000000000010000000109",
    "80600000000000010000000000ff",
  ])
  func others(_ bytes: String) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes))
    #expect(observed == [])
    if case .mine = disposition { Issue.record("claimed \(bytes)") }
  }

  @Test func notRTPAfterAll() {
    // A game's datagrams that begin with 80 60 by its own meaning.
    var random = TestRandom(seed: 11)
    let datagrams = (0..<40).map { _ in Datagram(bytes: [0x80, 0x60] + random.bytes(60)) }
    let result = Self.conversation(datagrams)
    #expect(result.observations == [])
    if case .notMine = result.last {} else { Issue.record("\(result.last)") }
  }

  @Test func anythingGoes() {
    var random = TestRandom(seed: 5)
    for samples in [RTPSamples.h264, RTPSamples.h265, RTPSamples.jpeg, RTPSamples.vp8] {
      for length in 0...20 {
        _ = Self.conversation(samples.map { Datagram(bytes: Array(hex($0.head).prefix(length)), length: $0.length) })
      }
      for length in 0...20 { _ = Self.conversation(samples.map { Datagram(bytes: Array(hex($0.head).prefix(length))) }) }
    }
    for round in 0..<2000 {
      let datagrams = (0..<12).map { index in
        var bytes = Self.packet(round % 3 == 0 ? 26 : 96, UInt16(index), UInt32(index), random.bytes(Int(random.next() % 12)))
        if round % 2 == 0 { bytes[0] = UInt8(truncatingIfNeeded: random.next()) & 0x3F | 0x80 }
        return Datagram(bytes: bytes)
      }
      _ = Self.conversation(datagrams)
      _ = Self.conversation(datagrams, expectation: Self.announced)
    }
  }
}
