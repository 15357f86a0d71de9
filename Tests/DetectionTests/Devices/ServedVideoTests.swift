import Testing

@testable import Detection

/// Live video that a device serves to others on the LAN, beside marks of a person's device that anybody can borrow.
@Suite struct ServedVideoTests {
  typealias B = FrameBuilder

  private static func shows(_ last: UInt8) -> Condition {
    .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xAA, 0, 0, last])])]))
  }

  static let signatures = SignatureSet([
    Signature(
      id: "mjpeg", says: .camera, facet: .media, strength: .strong,
      condition: .test([.httpVideo, .bareVideo], ValueTest([.like([Array("*".utf8)])])), because: "serves video"),
    Signature(id: "mark", says: .notCamera, facet: .name, condition: shows(1), because: "mark"),
    Signature(id: "mark-2", says: .notCamera, facet: .cloud, condition: shows(2), because: "mark"),
    Signature(
      id: "push", says: .notCamera, facet: .cloud, condition: .test([.tlsAnswered], ValueTest([.equals([Array("push.example".utf8)])])),
      because: "mark"),
  ])

  static let camera = "192.168.1.7"

  /// Bytes of one side of a connection to port 80 of the camera.
  private static func segment(fromCamera: Bool, viewer: String, sequence: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    let (source, destination) = fromCamera ? (camera, viewer) : (viewer, camera)
    let tcp = fromCamera ? B.tcp(80, 5000, seq: sequence, bytes) : B.tcp(5000, 80, seq: sequence, bytes)
    return B.ethernet(from: B.mac(fromCamera ? 7 : 8), to: B.mac(fromCamera ? 8 : 7), B.ipv4(source, destination, proto: 6, tcp))
  }

  static func marked(_ last: UInt8) -> [UInt8] {
    B.ethernet(from: B.mac(7), B.ipv4(camera, "203.0.113.1", proto: 17, B.udp(1000 + UInt16(last), 2000, [0xAA, 0, 0, last])))
  }

  /// An MJPEG stream of a picture each two seconds, in these pieces of time.
  private static func run(
    _ times: [ClosedRange<Int>], marks: [UInt8], viewer: String = "192.168.1.8", until end: Int? = nil
  ) -> (device: Device?, events: [AlertEvent]) {
    let engine = Engine(signatures: signatures, recognizers: [HTTPRecognizer()])
    var feeder = Feeder(engine)
    for (index, mark) in marks.enumerated() { feeder.frame(marked(mark), at: 1 + Double(index)) }
    let head = ascii(
      "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n")
    let picture = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 200)
    var sequence: UInt32 = 1
    for (index, time) in times.enumerated() {
      if index == 0 {
        let request = ascii("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        feeder.frame(segment(fromCamera: false, viewer: viewer, sequence: 1, request), at: Double(time.lowerBound))
      }
      for second in stride(from: time.lowerBound, through: time.upperBound, by: 2) {
        let bytes = sequence == 1 ? head + picture : picture
        feeder.frame(segment(fromCamera: true, viewer: viewer, sequence: sequence, bytes), at: Double(second) + 0.5)
        sequence += UInt32(bytes.count)
      }
    }
    if let end { engine.advance(to: Timestamp(seconds: Int64(end), nanoseconds: 0)) } else { engine.finish() }
    return (engine.devices().first { $0.addresses.map(\.description).contains(camera) }, engine.drain().events)
  }

  @Test func marksDoNotSilenceAStreamThatLasts() {
    let (device, events) = Self.run([10...400], marks: [1, 2])
    #expect(events.map(\.kind) == [.raised])
    #expect(events.first?.device.verdict == .probable)
    #expect(
      events.first.map { $0.time > Timestamp(seconds: 310, nanoseconds: 0) && $0.time < Timestamp(seconds: 330, nanoseconds: 0) } == true)
    #expect(device?.kind == "phone camera app")
  }

  /// Without marks it is a camera, by the five minutes of doubt.
  @Test func withoutMarksItIsACamera() {
    let (device, events) = Self.run([10...400], marks: [])
    #expect(events.map(\.kind) == [.raised])
    #expect(device?.verdict == .probable, "one strong item")
    #expect(device?.kind == nil)
  }

  /// People show each other something for a moment: neither the end of the doubt nor the end of the input makes it an alert.
  @Test(arguments: [nil, 1000])
  func aMomentBehindMarksStaysPossible(end: Int?) {
    let (device, events) = Self.run([10...200], marks: [1, 2], until: end)
    #expect(events.isEmpty)
    #expect(device?.verdict == .possible)
  }

  /// Many short looks are not one long one, and a connection that is silent shows nothing.
  @Test func pausesDoNotCount() {
    #expect(Self.run([10...100, 500...600, 1000...1100, 1500...1600], marks: [1, 2]).events.isEmpty)
    #expect(Self.run([10...100, 399...400], marks: [1, 2]).events.isEmpty)
    #expect(Self.run([10...180, 200...360], marks: [1, 2]).events.map(\.kind) == [.raised])
  }

  /// Who shows its picture to somebody far away may be in a call.
  @Test func onlyTheLANCounts() {
    let (device, events) = Self.run([10...400], marks: [1, 2], viewer: "203.0.113.9")
    #expect(events.isEmpty)
    #expect(device?.verdict == Verdict.none)
  }

  @Test(arguments: [
    ("npt=now-", true), ("", true), ("npt=0-", true), ("npt=0.000-", true), ("npt=0-95.2", false), ("npt=0.000-3600.000", false),
    ("clock=20260101T000000Z-20260101T010000Z", false),
  ])
  func recordingsHaveAnEnd(range: String, isLive: Bool) {
    let text = wire("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=x\n" + (range.isEmpty ? "" : "a=range:\(range)\n") + "m=video 0 RTP/AVP 96\n")
    let description = unsafe SessionDescription(text.span.bytes)
    #expect(description?.isLive == isLive)
  }
}
