import Detection
import Testing

@testable import Capture

/// How much of each packet is kept where packets are handed out.
@Suite struct MediaCutTests {
  private static let headers = 14 + 20

  static func frame(_ ipProtocol: UInt8, _ transport: [UInt8]) -> [UInt8] {
    let length = 20 + transport.count
    let ip: [UInt8] = [
      0x45, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 0x40, 0, 64, ipProtocol, 0, 0, 10, 0, 0, 7, 10, 0, 0, 8,
    ]
    return [2, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 7, 8, 0] + ip + transport
  }

  static func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let length = 8 + payload.count
    return frame(
      17,
      [
        UInt8(source >> 8), UInt8(source & 0xFF), UInt8(destination >> 8), UInt8(destination & 0xFF), UInt8(length >> 8),
        UInt8(length & 0xFF), 0, 0,
      ] + payload)
  }

  /// A connection's one side, whose segments follow each other.
  struct Stream {
    var cut = MediaCut()
    var sequence: UInt32 = 0xFFFF_FF00

    mutating func kept(_ payload: [UInt8], lost: UInt32 = 0) -> Int {
      sequence &+= lost
      let number = (0..<4).map { UInt8(truncatingIfNeeded: sequence >> (24 - 8 * $0)) }
      sequence &+= UInt32(payload.count)
      let segment: [UInt8] = [0x1F, 0x90, 0xC0, 0] + number + [0, 0, 0, 1, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0] + payload
      return MediaCutTests.kept(MediaCutTests.frame(6, segment), &cut) - MediaCutTests.headers - 20
    }

    mutating func kept(_ text: String) -> Int { kept(Array(text.utf8)) }
  }

  static func kept(_ bytes: [UInt8], _ cut: inout MediaCut) -> Int {
    cut.keptBytes(
      of: Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Timestamp(seconds: 1, nanoseconds: 0),
        reference: PacketReference(file: 0, number: 1)))
  }

  static func keptOfDatagram(_ payload: [UInt8], ports: (UInt16, UInt16) = (40_000, 50_000)) -> Int {
    var cut = MediaCut()
    return kept(udp(ports.0, ports.1, payload), &cut) - headers - 8
  }

  /// Bytes that are no text, no start code and no beginning of anything.
  static let noise = (0..<900).map { UInt8(truncatingIfNeeded: ($0 &* 167) ^ ($0 >> 3)) | 0xC1 }
  static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8) + noise

  // MARK: Datagrams

  @Test func ofRTPTheHeaderStays() {
    let rtp: [UInt8] = [0x80, 0xE0, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4]
    #expect(Self.keptOfDatagram(rtp + Self.noise) == 12)
    #expect(Self.keptOfDatagram([0x82] + rtp.dropFirst() + [1, 1, 1, 1, 2, 2, 2, 2] + Self.noise) == 20, "with contributors")
    #expect(Self.keptOfDatagram([0x90] + rtp.dropFirst() + [0xBE, 0xDE, 0, 1, 1, 2, 3, 4] + Self.noise) == 20, "with an extension")
    #expect(Self.keptOfDatagram(rtp + Self.jpeg) == 12)
    let report: [UInt8] = [0x80, 200, 0, 6] + Array(repeating: 7, count: 24)
    #expect(Self.keptOfDatagram(report) == report.count, "RTCP says who sends, and nothing of the pictures")
    #expect(Self.keptOfDatagram([0x80, 200, 0, 6] + Self.noise) < 64, "what only looks like RTCP")
  }

  @Test func whatNamesDevicesStays() {
    let search = Array("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n".utf8)
    #expect(Self.keptOfDatagram(search, ports: (50_000, 1900)) == search.count)
    let sadp = Array(("<?xml version=\"1.0\"?><ProbeMatch>" + String(repeating: "<IPv4Address>10.0.0.7</IPv4Address>", count: 20)).utf8)
    #expect(Self.keptOfDatagram(sadp, ports: (37_020, 37_020)) == sadp.count)
    let dns: [UInt8] = [0x90, 0xE0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("p2p".utf8) + [0, 0, 1, 0, 1]
    #expect(Self.keptOfDatagram(dns, ports: (50_000, 53)) == dns.count)
    let dhcp = [1, 1, 6, 0] + [UInt8](repeating: 0, count: 232) + [0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255]
    #expect(Self.keptOfDatagram(dhcp, ports: (68, 67)) == dhcp.count)
    // Dahua's search: 32 bytes, and JSON.
    let dhip = [0x20, 0, 0, 0] + Array("DHIP".utf8) + [UInt8](repeating: 0, count: 24)
    let answer =
      dhip
      + Array(
        ("{\"mac\":\"3c:ef:8c:00:00:07\",\"params\":{\"deviceInfo\":{\"DeviceType\":\"IPC-HDW4631\"}}}" + String(repeating: " ", count: 200))
          .utf8)
    #expect(Self.keptOfDatagram(answer, ports: (37_810, 50_000)) == answer.count)
    let hello: [UInt8] = [22, 0xFE, 0xFD] + Self.noise
    #expect(Self.keptOfDatagram(hello) == hello.count)
  }

  /// The port is no free pass.
  @Test(arguments: [53, 67, 1900, 5353, 37_020] as [UInt16])
  func picturesAtThePortsOfNamesAreCut(port: UInt16) {
    #expect(Self.keptOfDatagram(Self.jpeg, ports: (50_000, port)) <= 64)
    #expect(Self.keptOfDatagram([0x80, 0xE0, 0x12, 1, 9, 9, 9, 9, 1, 2, 3, 4] + Self.noise, ports: (50_000, port)) <= 64)
    #expect(Self.keptOfDatagram(Self.noise, ports: (50_000, port)) <= 64 || port == 1900)
  }

  @Test func ofUnknownFormsTheFirstBytesStay() {
    #expect(Self.keptOfDatagram(Self.noise) == 64)
    #expect(Self.keptOfDatagram(Array(Self.noise.prefix(40))) == 40)
  }

  @Test(
    arguments: [
      [0xFF, 0xD8, 0xFF, 0xDB], [0, 0, 0, 1, 0x67, 0x42], [0, 0, 1, 0x65, 0x88], [0, 0, 0, 1, 0x40, 1],
      [0, 0, 0, 24] + Array("ftypisom".utf8),
      [0x89, 0x50, 0x4E, 0x47], Array("FLV\u{1}".utf8), Array("RIFF....WEBP".utf8), [0x1A, 0x45, 0xDF, 0xA3],
    ] as [[UInt8]])
  func startCodesEndWhatStays(code: [UInt8]) {
    for lead in [0, 1, 7, 40] {
      let kept = Self.keptOfDatagram(Array(Self.noise.prefix(lead)) + code + Self.noise)
      #expect(kept >= lead && kept <= lead + code.count + 5, "\(lead): \(kept)")
    }
  }

  @Test func transportStreams() {
    let packet = [0x47, 0x41, 0, 0x10] + Array(Self.noise.prefix(184))
    #expect(Self.keptOfDatagram(packet + packet + packet) == 4)
  }

  @Test func picturesInBase64AreNoText() {
    let picture = String(repeating: "/9j/4AAQSkZJRgABAQAAAQABAAD", count: 40)
    let text = "{\"type\":\"frame\",\"data\":\"\(picture)\"}"
    #expect(Self.keptOfDatagram(Array(text.utf8)) <= 64)
    var stream = Stream()
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
    #expect(stream.kept(head + text) == head.utf8.count + "{\"type\":\"frame\",\"data\":\"".utf8.count)
    // In lines, as mail has it.
    let lines = (0..<30).map { _ in String(repeating: "QUJD", count: 19) }.joined(separator: "\r\n")
    let mail = "Content-Transfer-Encoding: base64\r\n\r\n"
    #expect(PlainText.length(Array((mail + lines).utf8)[...]) == mail.utf8.count)
  }

  // MARK: Connections

  @Test func ofPicturesOverHTTPTheHeadStays() {
    var stream = Stream()
    let head = "HTTP/1.1 200 OK\r\nServer: Boa\r\nContent-Type: image/jpeg\r\nContent-Length: \(Self.jpeg.count + 900)\r\n\r\n"
    #expect(stream.kept(Array(head.utf8) + Self.jpeg) == head.utf8.count)
    #expect(stream.kept(Self.noise) == 0, "the rest of the picture")
    let next = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<html></html"
    #expect(stream.kept(next) == next.utf8.count, "the next answer")
  }

  @Test func headsInPieces() {
    var stream = Stream()
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"
    for character in head.utf8 { #expect(stream.kept([character]) == 1) }
    #expect(stream.kept(Self.jpeg) == 0)
    #expect(stream.kept(Self.noise) == 0)
  }

  @Test(arguments: [false, true])
  func ofMultipartTheHeadsOfPartsStay(isChunked: Bool) {
    var stream = Stream()
    let kind = "multipart/x-mixed-replace;boundary=frame"
    let head = "HTTP/1.1 200 OK\r\nContent-Type: \(kind)\r\n\(isChunked ? "Transfer-Encoding: chunked\r\n" : "")\r\n"
    #expect(stream.kept(head) == head.utf8.count)
    for _ in 0..<3 {
      let part = (isChunked ? "4c\r\n" : "") + "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 910\r\n\r\n"
      #expect(stream.kept(Array(part.utf8) + Self.jpeg) == part.utf8.count)
      #expect(stream.kept(Self.noise) == 0)
    }
    // Boundary and headers in segments of their own.
    #expect(stream.kept("\r\n--frame\r\n") == 11)
    let header = "Content-Type: image/jpeg\r\n\r\n"
    #expect(stream.kept(Array(header.utf8) + Self.jpeg) == header.utf8.count)
  }

  @Test func ofUploadsTheHeadStays() {
    var stream = Stream()
    let head = "POST /picture-08.jpg HTTP/1.1\r\nHost: cloud\r\nContent-Type: image/jpeg\r\nContent-Length: 5000\r\n\r\n"
    #expect(stream.kept(Array(head.utf8) + Self.jpeg) == head.utf8.count)
    #expect(stream.kept(Self.noise) == 0)
  }

  @Test func mediaWithinRTSP() {
    var stream = Stream()
    let sdp =
      "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==\r\n"
    let describe = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: \(sdp.utf8.count)\r\n\r\n" + sdp
    #expect(stream.kept(describe) == describe.utf8.count)
    let play = "RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 7\r\n\r\n"
    #expect(stream.kept(play) == play.utf8.count)
    let rtp: [UInt8] = [0x80, 0x60, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4]
    let frame: [UInt8] = [0x24, 0, 0x07, 0x14] + rtp + Self.noise  // 1812 bytes, of which 912 are here
    #expect(stream.kept(frame) == 16)
    #expect(stream.kept(Self.noise) == 0, "the rest of the frame")
    #expect(stream.kept(frame) == 16, "the next one")
    #expect(stream.kept(Self.noise, lost: 1000) == 0, "after a gap")
    #expect(stream.kept(play) == play.utf8.count, "an answer among the media")
  }

  @Test func beginningsOfEncryptionStay() {
    var stream = Stream()
    let hello: [UInt8] = [22, 3, 1, 0x07, 0x08] + Self.noise  // 1800 bytes: a certificate goes on in the next segment
    #expect(stream.kept(hello) == hello.count)
    #expect(stream.kept(Self.noise) == 900)
    #expect(stream.kept([23, 3, 3, 0x03, 0x84] + Self.noise) == 5)
    #expect(stream.kept([23, 3, 3, 0x07, 0x08] + Self.noise) == 5)
    #expect(stream.kept(Self.noise) == 0)
  }

  @Test func unknownConnections() {
    var stream = Stream()
    #expect(stream.kept("login admin\r\n") == 13)
    #expect(stream.kept(Self.noise) == 64)
    #expect(stream.kept(Self.noise) == 0, "a continuation")
    #expect(stream.kept(Self.jpeg) == 0)
    var sentAgain = Stream()
    _ = sentAgain.kept(Self.noise)
    sentAgain.sequence &-= UInt32(Self.noise.count)
    #expect(sentAgain.kept(Self.noise) == 0)
  }

  @Test func otherFrames() {
    var cut = MediaCut()
    let arp: [UInt8] = [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 7, 8, 6] + [UInt8](repeating: 1, count: 46)
    #expect(Self.kept(arp, &cut) == arp.count)
    let unknown: [UInt8] = [2, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 7, 0x88, 0x99] + Self.jpeg
    #expect(Self.kept(unknown, &cut) <= 14 + 64)
    // An error quotes the packet that it is about: RFC 792.
    #expect(Self.kept(Self.frame(1, [3, 3, 0, 0, 0, 0, 0, 0] + Self.udp(1, 2, Self.jpeg)), &cut) <= Self.headers + 64)
    // Behind the packet.
    #expect(Self.kept(Self.udp(68, 9, Array("text of a device".utf8)) + Self.jpeg, &cut) <= Self.headers + 8 + 16 + 64)
  }

  /// Whatever stands there: never more than was captured, and no trap.
  @Test func anything() {
    var random = SystemRandomNumberGenerator()
    var cut = MediaCut()
    let seeds: [[UInt8]] = [
      Self.udp(40_000, 50_000, Self.jpeg), Self.udp(53, 53, Self.noise),
      Self.frame(6, [0x1F, 0x90, 0xC0, 0] + Array("HTTP/1.1 200 OK\r\n".utf8) + Self.noise),
      Self.udp(5, 6, [0x90, 0xE0] + Self.noise), Self.udp(5, 6, [0x9F, 0xE0] + [UInt8](repeating: 0xFF, count: 80)),
    ]
    for _ in 0..<4000 {
      var bytes = seeds.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 0...6) { bytes[Int.random(in: bytes.indices)] = .random(in: 0...255) }
      bytes.removeLast(Int.random(in: 0...bytes.count))
      let kept = Self.kept(bytes, &cut)
      #expect((0...bytes.count).contains(kept))
    }
  }
}
