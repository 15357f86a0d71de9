@testable import Detection

/// Fields of media: RTSP and its session descriptions, RTP, RTMP, SRT, and video without a protocol.
extension Wire {
  mutating func showMedia(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .rtspServer: answerRTSP("Server: \(text)", at: value.port)
    case .rtspRealm: answerRTSP("WWW-Authenticate: Digest realm=\"\(text)\", nonce=\"1\"", status: "401 Unauthorized")
    case .rtspPath: serve(554, (false, Self.request("DESCRIBE", path: text)), (true, wire("RTSP/1.0 200 OK\nCSeq: 1\n\n")))
    case .rtspUserAgent:
      call(554, at: .viewer, (true, Self.request("OPTIONS", "User-Agent: \(text)")), (false, wire("RTSP/1.0 200 OK\nCSeq: 1\n\n")))
    case .rtspVideo: describeSession(Self.media(text))
    case .rtspPublish:
      let description = Self.session(Self.media(text))
      let head = "Content-Type: application/sdp\nContent-Length: \(description.count)"
      call(
        554, (true, Self.request("ANNOUNCE", head) + description), (false, wire("RTSP/1.0 200 OK\nCSeq: 1\n\n")))
    case .sdpTool: describeSession("a=tool:\(text)\n")
    case .sdpSession: describeSession("", name: text)
    case .sdpRange: describeSession("a=range:\(text)\n")
    case .sdpOrigin: describeSession("u=\(text)\n")
    case .sdpAttribute:
      describeSession(text.hasPrefix("DecoderTag=") ? "m=application 0 RTP/AVP 107\na=fmtp:107 \(text)\n" : "a=\(text)\n")
    case .sdpMedia:
      let words = text.split(separator: " ").map(String.init)
      describeSession("m=\(words[0]) 0 RTP/AVP 96\n" + (words.count > 1 ? "a=rtpmap:96 \(words[1])/90000\n" : ""))
    case .rtspInterleaved:
      guard let packets = Self.rtp(text) else { return false }
      var connection = Connection(peer: .viewer, port: 554, peerPort: port())
      for packet in packets { send([0x24, 0] + FrameBuilder.big(UInt16(packet.count)) + packet, in: &connection, fromDevice: true) }
    case .rtpPayload:
      guard let packets = Self.rtp(text) else { return false }
      let own = port()
      for packet in packets { datagram(packet, from: own, to: 50004) }
    case .rtmpPublish:
      let connect =
        RTMPTests.string("connect") + hex("00 3ff0000000000000 03") + RTMPTests.property("flashVer") + RTMPTests.string(text)
        + hex("000009")
      call(
        1935,
        (true, RTMPTests.handshake + RTMPTests.message(20, connect) + RTMPTests.message(20, RTMPTests.publish)))
    case .srtHandshake:
      let numbers = text.split(separator: ".").map { UInt8($0)! }
      let version = "0001 0003 00" + numbers.hexDigits + "000000bf 00780078"
      let own = port()
      datagram(StreamOverUDPTests.induction, from: own, to: 9000, with: .server)
      datagram(
        StreamOverUDPTests.handshake(version: "00000005", extensions: "0001", type: "ffffffff", version), from: own, to: 9000,
        with: .server)
    case .stunSoftware:
      let name = ascii(text) + [UInt8](repeating: 0, count: -text.utf8.count & 3)
      datagram(
        hex("0001") + FrameBuilder.big(UInt16(name.count + 4)) + hex("2112a442 b7e7a701bc34d686fa87dfae 8022")
          + FrameBuilder.big(UInt16(text.utf8.count)) + name, from: port(), to: 3478, with: .server)
    default: return false
    }
    return true
  }

  // MARK: RTSP

  private static func request(_ method: String, _ headers: String = "", path: String = "/live") -> [UInt8] {
    wire("\(method) rtsp://192.168.1.49:554\(path) RTSP/1.0\nCSeq: 1\n\(headers.isEmpty ? "" : headers + "\n")\n")
  }

  private mutating func answerRTSP(_ header: String, status: String = "200 OK", at port: UInt16 = 0) {
    serve(
      port == 0 ? 554 : port, (false, Self.request("OPTIONS")), (true, wire("RTSP/1.0 \(status)\nCSeq: 1\n\(header)\n\n")))
  }

  private static func session(_ lines: String, name: String = "-") -> [UInt8] {
    wire("v=0\no=- 1 1 IN IP4 192.168.1.49\ns=\(name)\nt=0 0\n\(lines)")
  }

  /// A video of a codec; `unknown` where the description names none.
  private static func media(_ codec: String) -> String {
    if let type = RTPCodec.assigned.first(where: { $0.value == codec })?.key { return "m=video 0 RTP/AVP \(type)\n" }
    return "m=video 0 RTP/AVP 96\n" + (codec == "unknown" ? "" : "a=rtpmap:96 \(codec)/90000\n")
  }

  private mutating func describeSession(_ lines: String, name: String = "-") {
    let body = Self.session(lines, name: name)
    let head = wire("RTSP/1.0 200 OK\nCSeq: 1\nContent-Type: application/sdp\nContent-Length: \(body.count)\n\n")
    serve(554, (false, Self.request("DESCRIBE")), (true, head + body))
  }

  // MARK: RTP

  private static func rtp(_ codec: String) -> [[UInt8]]? {
    // Without the aggregates at their beginning, of which the samples hold a part.
    let samples: [String: ArraySlice<(length: Int, head: String)>] = [
      "H264": RTPSamples.h264.dropFirst(), "H265": RTPSamples.h265.dropFirst(), "JPEG": RTPSamples.jpeg[...], "PCMU": RTPSamples.pcmu[...],
    ]
    if let packets = samples[codec] {
      return packets.map { hex($0.head) + [UInt8](repeating: 0xA5, count: $0.length - $0.head.utf8.count / 2) }
    }
    guard codec == "MP2T" else { return nil }
    return (0..<8).map { number in
      hex("8021") + FrameBuilder.big(UInt16(number)) + FrameBuilder.big32(UInt32(number) * 3000) + hex("00c0ffee")
        + (0..<7).flatMap { _ in hex("47010010") + [UInt8](repeating: 0xA5, count: 184) }
    }
  }
}

/// Video without a session.
extension Wire {
  mutating func showVideo(_ value: Observation) -> Bool {
    switch value.field {
    case .tsVideo:
      guard let type = ["H264": "1b", "H265": "24"][value.text] else { return false }
      let own = port()
      for bytes in [StreamOverUDPTests.programs, StreamOverUDPTests.map(type), StreamOverUDPTests.video] {
        datagram(bytes, from: own, to: 40010)
      }
    case .bareVideo:
      let words = value.text.split(separator: " ").map(String.init)
      guard words.count == 3, let live = RawVideoTests.live.first(where: { $0.name == words[0] }) else { return false }
      showPictures(live.pieces, overTCP: words[2] == "TCP")
    default: return false
    }
    return true
  }

  private mutating func showPictures(_ pieces: [RawVideoTests.Piece], overTCP: Bool) {
    let own = port()
    var connection = overTCP ? connect(8800, isServer: true, with: .viewer) : nil
    var last = 0.0
    for piece in pieces {
      pause(piece.seconds - last)
      last = piece.seconds
      if overTCP { send(piece.bytes, in: &connection!, fromDevice: true) } else { datagram(piece.bytes, from: own, to: 40010) }
    }
  }
}
