@testable import Detection

/// Fields of camera makers' own protocols.
extension Wire {
  mutating func showCameras(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .dahuaClass where text != "not said": answerDHIP("\"DeviceClass\":\"\(text)\"")
    case .dahuaClass: answerDHIP("\"HttpPort\":80")
    case .dahuaModel: answerDHIP("\"DeviceType\":\"\(text)\"")
    case .dahuaLogin where text == "DHIP": serve(37777, (false, DHIPTests.globalLogin), (true, DHIPTests.challenge))
    case .dahuaLogin: serve(37777, (false, DHIPTests.asksRealm), (true, DHIPTests.realm))
    case .dahuaVideo:
      guard let list = ["H264": "8100020e", "H265": "81000c19", "not said": ""][text] else { return false }
      serve(37777, (false, DHIPTests.keepalive), (true, DHIPTests.picture("fd", list)))
    case .dahuaClient where text == "DVRIP": call(37777, at: .viewer, (true, DHIPTests.asksRealm))
    case .dahuaClient:
      call(37777, at: .viewer, (true, DHIPTests.framed("{\"method\":\"global.login\",\"params\":{\"clientType\":\"\(text)\"},\"id\":1}")))
    case .sadpDescription where text != "not said": answerSADP("<DeviceDescription>\(text)</DeviceDescription>")
    case .sadpDescription: answerSADP("")
    case .sadpType: answerSADP("<DeviceType>\(text)</DeviceType>")
    case .dvripChannels where text == "not said": answerXiongmai("\"HostName\":\"\"")
    case .dvripChannels: answerXiongmai("\"ChannelNum\":\(text)")
    case .dvripDevice: answerXiongmai("\"HostName\":\"\(text)\"")
    case .dvripType where text == "not said": answerLogin(DVRIPTests.refused)
    case .dvripType: answerLogin(DVRIPTests.said("e903", "{ \"DeviceType \" : \"\(text)\", \"Ret\" : 100 }"))
    case .dvripModel: answerLogin(DVRIPTests.said("fd03", "{ \"SystemInfo\" : { \"DeviceModel\" : \"\(text)\" } }"))
    case .dvripVideo:
      let frames = Array(repeatElement(DVRIPTests.frame, count: 8).joined())
      answerLogin(text == "H265" ? DVRIPTests.keyFrame("43") : text == "H264" ? DVRIPTests.keyFrame("12") : frames)
    case .dvripClient:
      call(34567, at: .viewer, (true, DVRIPTests.said("e803", "{\"LoginType\":\"\(text)\"}", version: "00")))
    case .hdsModel where text == "not said": datagram(wire("HDS/1.0 200 OK\nDevice-ID: 1\n"), from: 8002, to: port())
    case .hdsModel: datagram(wire("HDS/1.0 200 OK\nDevice-Model: \(text)\n"), from: 8002, to: port())
    case .tpLinkType: datagram(TDPTests.framed("{\"result\":{\"device_type\":\"\(text)\"}}"), from: 20002, to: port())
    case .tpLinkModel:
      datagram(TDPTests.framed("{\"result\":{\"device_model\":\"\(text)\",\"device_type\":\"IOT.LAB\"}}"), from: 20002, to: port())
    case .tuyaFrame:
      guard let number = UInt8(text) else { return false }
      datagram(TuyaTests.frame([number].hexDigits, 80), from: port(), to: 6667, with: .everybody)
    case .tuyaCommand:
      guard let number = UInt8(text) else { return false }
      serve(6668, (false, TuyaTests.frame([number].hexDigits, 100)), (true, TuyaTests.frame([number].hexDigits, 100)))
    case .miioDevice: datagram(hex("21310020 00000000" + text + "00001234 00112233445566778899aabbccddeeff"), from: 54321, to: port())
    default: return false
    }
    return true
  }

  private mutating func answerDHIP(_ members: String) {
    let text = "{\"method\":\"client.notifyDevInfo\",\"params\":{\"deviceInfo\":{\(members)}}}"
    datagram(DHIPTests.framed(text), from: 37810, to: port())
  }

  private mutating func answerSADP(_ elements: String) {
    datagram(ascii("<?xml version=\"1.0\"?><ProbeMatch><Uuid>1</Uuid>\(elements)</ProbeMatch>"), from: 37020, to: 37020)
  }

  private mutating func answerXiongmai(_ members: String) {
    datagram(DVRIPTests.framed(DVRIPTests.answerHead, "{\"NetWork.NetCommon\":{\(members)}}"), from: 34569, to: 34569)
  }

  private mutating func answerLogin(_ answer: [UInt8]) { serve(34567, (false, DVRIPTests.login), (true, answer)) }
}

/// Fields of peer-to-peer protocols.
extension Wire {
  mutating func showPeerToPeer(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .p2pUID:
      guard let identifier = Self.identifier(text) else { return false }
      datagram(hex("f1420014") + identifier, from: port(), to: 17890)
    case .p2pRole:
      guard let messages = Self.logins(text) else { return false }
      let own = port()
      for message in messages { datagram(message, from: own, to: 32100, with: .server) }
    case .p2pVideo: sendP2PVideo(text)
    case .tutkUID:
      guard text.utf8.count == 20 else { return false }
      let login = TUTKTests.Sample.login
      let clear = ascii(text) + [UInt8](repeating: 0, count: 12)
      datagram(
        login.prefix(16) + Self.scrambled(Array(clear.prefix(16))) + Self.scrambled(Array(clear.suffix(16))) + login.dropFirst(48),
        from: port(), to: 10001, with: .server)
    case .tutkRole where text == "device": datagram(TUTKTests.Sample.keepalive, from: port(), to: 10001, with: .server)
    case .tutkRole:
      guard text == "device data" else { return false }
      let own = port()
      for _ in 0..<9 { datagram(TUTKTests.Sample.data, from: own, to: 40010) }
    default: return false
    }
    return true
  }

  /// `PREFIX-123456-CHECK` in twenty bytes.
  private static func identifier(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: "-").map(String.init)
    guard parts.count == 3, let number = UInt32(parts[1]), parts[0].utf8.count < 8, parts[2].utf8.count < 8 else { return nil }
    func padded(_ text: String) -> [UInt8] { ascii(text) + [UInt8](repeating: 0, count: 8 - text.utf8.count) }
    return padded(parts[0]) + FrameBuilder.big32(number) + padded(parts[2])
  }

  private static func logins(_ role: String) -> [[UInt8]]? {
    let login = hex("f112002c") + [UInt8](repeating: 0x32, count: 44)
    switch role {
    case "device login": return [login]
    case "app searches": return [hex("f1300000")]
    case "device ready, AJCloud": return [hex("f1420058 616a7900") + [UInt8](repeating: 0x31, count: 84)]
    // The knock, in which the identifier shows the mask, comes before the login.
    case "device login, unknown key":
      return [hex("f1410014") + identifier("ABCD-000001-EFGHI")!, login].map { masked($0, PPPPMask(secret: "nobody published this")) }
    case _ where role.hasPrefix("device login, key "): return [masked(login, PPPPMask(secret: String(role.dropFirst(18))))]
    default: return nil
    }
  }

  private static func masked(_ clear: [UInt8], _ mask: PPPPMask) -> [UInt8] {
    clear.reduce(into: []) { masked, byte in masked.append(byte ^ mask.keyByte(after: masked.last ?? 0)) }
  }

  private mutating func sendP2PVideo(_ header: String) {
    let own = port()
    let head = ["XZYH": "585a5948", "data": "00000000"][header] ?? header
    datagram(PPPPTests.Sample.knock, from: 50001, to: own, fromDevice: false)
    datagram(PPPPTests.Sample.alive, from: own, to: 50001)
    for _ in 0..<9 {
      datagram(hex("f1d00404 d1010000 \(head) 03000000") + PPPPTests.Sample.zeros(1016), from: own, to: 50001)
      datagram(PPPPTests.Sample.acknowledgment, from: 50001, to: own, fromDevice: false)
    }
  }

  /// Scrambles sixteen bytes: that is what `TUTKScramble` reverses, so each byte of the key stream is asked of it.
  private static func scrambled(_ clear: [UInt8]) -> [UInt8] {
    // The scrambling is linear over bits: the clear text of zeros, and the bit that each scrambled bit changes.
    let zeros = [UInt8](repeating: 0, count: 16)
    func read(_ bytes: [UInt8]) -> [UInt8] {
      let block = TUTKScramble.clear(bytes.span.bytes, 0)
      return (0..<16).map { block[$0] }
    }
    let constant = read(zeros)
    var result = zeros
    for bit in 0..<128 {
      var single = zeros
      single[bit / 8] = 1 << UInt8(bit % 8)
      let changed = zip(read(single), constant).map { $0 ^ $1 }
      let place = changed.firstIndex { $0 != 0 }!
      if (clear[place] ^ constant[place]) & changed[place] != 0 { result[bit / 8] |= single[bit / 8] }
    }
    return result
  }
}
