import Detection
import Documents
import Testing

@testable import Papers

/// Packets and texts about a camera, with a guest's phone in all of them: nothing of the guest may be left.
@Suite struct WithoutOthersTests {
  private static let camera: [UInt8] = [0x7C, 0xA7, 0xB0, 0x11, 0x22, 0x33]
  private static let guest: [UInt8] = [0x3C, 0x06, 0x30, 0xAA, 0xBB, 0xCC]
  private static let (cameraIP, guestIP): ([UInt8], [UInt8]) = ([192, 168, 1, 20], [192, 168, 1, 77])
  private static let guestV6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 7, 0, 0, 0xAC, 0xDE, 0x48, 0xFF, 0xFE, 0, 0x11, 0x22]
  private static let cameraV6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 7, 0, 0, 0x7E, 0xA7, 0xB0, 0xFF, 0xFE, 0x11, 0x22, 0x33]

  private static let others = WithoutOthers(
    device(), names: ["Annas-iPhone.fritz.box", "Müllers Handy", "3c:06:30:aa:bb:cc", "camera"],
    addresses: [IPAddress("192.168.1.77")!, IPAddress("192.168.1.1")!, IPAddress("2001:db8:7::acde:48ff:fe00:1122")!])

  private static func device(isRouter: Bool = false, mac: [UInt8] = camera) -> Device {
    Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: mac.reduce(0) { $0 << 8 | UInt64($1) }), address: .none),
      addresses: [IPAddress("192.168.1.20")!, IPAddress("2001:db8:7::7ea7:b0ff:fe11:2233")!], hostname: "cam of Annas-iPhone", vendor: nil,
      model: "C1", kind: nil, role: .camera, weighing: Weighing([]), verdict: .camera, isDeclared: false, isRouter: isRouter, room: "12",
      firstSeen: .zero, lastSeen: .zero, packetsSent: 1, bytesSent: 1, bytesReceived: 0,
      evidence: [
        Evidence(
          signature: .init(id: "s", says: .camera, facet: .maker, strength: .strong, because: "says {value}"), field: .httpServer,
          value: "netcam for 192.168.1.77 and 192.168.1.20", firstSeen: .zero, packet: PacketReference(file: 0, number: 1), count: 1,
          vendor: nil, model: nil, kind: nil)
      ], streams: [], deviceClass: .embedded,
      traffic: Traffic(upBitsPerSecond: 1, downBitsPerSecond: 1, since: .zero, picturesPerSecond: nil, to: IPAddress("203.0.113.9")!))
  }

  private func rewritten(_ packet: [UInt8], _ others: WithoutOthers = Self.others, link: LinkType = .ethernet) -> [UInt8]? {
    PacketsWithoutOthers(others: others).rewritten(packet, link)
  }

  private static func ipv4(_ ipProtocol: UInt8, from: [UInt8] = cameraIP, to: [UInt8] = guestIP, _ body: [UInt8], fragment: UInt8 = 0)
    -> [UInt8]
  {
    let length = UInt16(20 + body.count)
    return [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1, fragment, 0, 64, ipProtocol, 0xBE, 0xEF] + from + to + body
  }

  private static func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let words = [source, destination, UInt16(8 + payload.count), 0xCAFE]
    return words.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } + payload
  }

  private static func tcp(_ payload: [UInt8]) -> [UInt8] {
    [2, 42, 0xC3, 0x50, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0xCA, 0xFE, 0, 0] + payload
  }

  private static func frame(_ type: [UInt8], _ body: [UInt8], from: [UInt8] = camera, to: [UInt8] = guest) -> [UInt8] {
    to + from + type + body
  }

  private static let v4: [UInt8] = [8, 0]

  /// Everything that says who the guest is, in any form that these packets could have it.
  private func expectNoGuest(_ packet: [UInt8], _ what: String) {
    let forms: [[UInt8]] = [
      Self.guest, Self.guestIP, Self.guestIP.reversed(), Array(Self.guestV6.suffix(8)), Array("192.168.1.77".utf8),
      Array("3c:06:30:aa:bb:cc".utf8), Array("annas".utf8), Array("Annas".utf8), Array("Müllers".utf8), [0xBE, 0xEF], [0xCA, 0xFE],
    ]
    for form in forms { #expect(packet.firstRange(of: form) == nil, "\(what): \(form)") }
  }

  @Test func aTextOfTheCameraKeepsItsLengthAndLosesTheGuest() throws {
    let text = "RTSP/1.0 200 OK\r\nContent-Base: rtsp://192.168.1.20/live\r\nX-For: 192.168.1.77 3C-06-30-AA-BB-CC Annas-iPhone\r\n\r\n"
    let packet = Self.frame(Self.v4, Self.ipv4(6, Self.tcp(Array(text.utf8)))) + [1, 2, 3, 4]
    let left = try #require(rewritten(packet))
    expectNoGuest(left, "RTSP")
    #expect(left.count == packet.count - 4, "what pads the frame is not the camera's")
    let shown = String(decoding: left.suffix(text.utf8.count), as: UTF8.self)
    #expect(shown.contains("rtsp://192.168.1.20/live") && shown.contains("X-For: xxxxxxxxxxxx xxxxxxxxxxxxxxxxx xxxxxxxxxxxx"))
    #expect(Array(left[26..<30]) == Self.cameraIP && Array(left[30..<34]) == [192, 0, 2, 1])
    #expect(Array(left[0..<6]) == [2, 0, 0, 0, 0, 1] && Array(left[6..<12]) == Self.camera)
  }

  @Test func announcementsStayAsTheyAre() throws {
    let group: [UInt8] = [1, 0, 0x5E, 0, 0, 0xFB]
    let body = Self.udp(5353, 5353, [0, 0, 0x84, 0, 0, 0] + Array("axis-cam._axis-video._tcp".utf8) + Self.cameraIP)
    let left = try #require(rewritten(Self.frame(Self.v4, Self.ipv4(17, to: [224, 0, 0, 251], body), to: group)))
    #expect(Array(left.prefix(6)) == group && Array(left[30..<34]) == [224, 0, 0, 251])
    #expect(left.suffix(4) == Self.cameraIP[...] && left.firstRange(of: Array("axis-cam".utf8)) != nil)
  }

  @Test func namesInLabelsAndAddressesInBinaryGo() throws {
    let group: [UInt8] = [1, 0, 0x5E, 0, 0, 0xFB]
    let names = [12] + Array("annas-iphone".utf8) + [5] + Array("local".utf8) + [0]
    for addresses in [Self.guestIP, Self.guestIP.reversed(), Self.guest, Self.guestV6, Array("Müllers Handy".utf8)] {
      let body = Self.udp(5353, 5353, [0, 0, 0x84, 0, 0, 0] + names + addresses + [7])
      let left = try #require(rewritten(Self.frame(Self.v4, Self.ipv4(17, to: [224, 0, 0, 251], body), to: group)))
      expectNoGuest(left, "\(addresses)")
      #expect(left.last == 7)
    }
  }

  /// Searches list what others are called; so do questions about addresses.
  @Test(arguments: [
    ("a search", 5353, 5353, [UInt8](repeating: 0, count: 12)),
    ("a question about an address", 40_000, 53, [0, 1, 1, 0] + Array("77.1.168.192.in-addr.arpa".utf8)),
    ("an unknown protocol", 32_100, 32_100, [0xF1, 0x41, 77, 1, 168, 192]), ("few letters", 1, 2, Array("abc".utf8)),
  ]) func ofOtherPayloadsNothingStays(_ what: String, _ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) throws {
    let left = try #require(rewritten(Self.frame(Self.v4, Self.ipv4(17, Self.udp(source, destination, payload)))))
    #expect(left.count == 14 + 20 + 8, "\(what)")
  }

  @Test func ofMediaTheHeaderStays() throws {
    let left = try #require(
      rewritten(Self.frame(Self.v4, Self.ipv4(17, Self.udp(5004, 5004, [0x80, 96] + [UInt8](repeating: 7, count: 60))))))
    #expect(left.count == 14 + 20 + 8 + 12)
  }

  @Test func anAnswerToASearchForTheCameraNamesNobodyElse() throws {
    let body: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 2] + Self.camera + Self.cameraIP + Self.guest + Self.guestIP
    let left = try #require(rewritten(Self.frame([8, 6], body + [UInt8](repeating: 0x55, count: 18))))
    expectNoGuest(left, "ARP")
    #expect(left.count == 14 + 28 && Array(left[28..<32]) == Self.cameraIP)
  }

  @Test func overIPv6Too() throws {
    let payload = Self.tcp(Array("HTTP/1.1 200 OK\r\nServer: cam [2001:db8:7::acde:48ff:fe00:1122]\r\n".utf8))
    let header: [UInt8] = [0x60, 0, 0, 0, 0, UInt8(payload.count), 6, 64]
    let left = try #require(rewritten(Self.frame([0x86, 0xDD], header + Self.cameraV6 + Self.guestV6 + payload)))
    expectNoGuest(left, "IPv6")
    #expect(Array(left[22..<38]) == Self.cameraV6)
  }

  @Test func taggedFramesToo() throws {
    let text = Array("HTTP/1.1 200 OK\r\nServer: cam\r\n\r\n".utf8)
    let left = try #require(rewritten(Self.frame([0x81, 0, 0, 12, 8, 0], Self.ipv4(6, Self.tcp(text)))))
    expectNoGuest(left, "VLAN")
    #expect(left.suffix(text.count) == text[...])
  }

  /// What cannot be made without others is left out whole.
  @Test func whatOthersSentOrWhatIsNotUnderstoodIsLeftOut() {
    let text = Self.tcp(Array("GET / HTTP/1.1\r\nUser-Agent: Annas-iPhone\r\n\r\n".utf8))
    #expect(
      rewritten(Self.frame(Self.v4, Self.ipv4(6, from: Self.guestIP, to: Self.cameraIP, text), from: Self.guest, to: Self.camera)) == nil)
    #expect(rewritten(Self.frame(Self.v4, Self.ipv4(6, from: Self.guestIP, text))) == nil, "it forwards what others send")
    #expect(rewritten(Self.frame(Self.v4, Self.ipv4(1, [8, 0, 0, 0]))) == nil, "ICMP quotes others")
    #expect(rewritten(Self.frame(Self.v4, Self.ipv4(6, text, fragment: 0x20))) == nil, "a fragment")
    #expect(rewritten(Self.frame(Self.v4, [0x46] + Self.ipv4(6, text).dropFirst())) == nil, "options of IP")
    #expect(rewritten(Self.frame([0x88, 0x64], text)) == nil, "a tunnel")
    #expect(rewritten(Self.frame([0x86, 0xDD], Self.cameraV6, to: [0x33, 0x33, 0xFF, 0, 0x11, 0x22])) == nil, "a search for a neighbour")
    #expect(rewritten(Self.frame(Self.v4, Self.ipv4(6, text)), link: LinkType(rawValue: 127)) == nil, "Wi-Fi")
    let router = WithoutOthers(Self.device(isRouter: true), names: [], addresses: [])
    #expect(rewritten(Self.frame(Self.v4, Self.ipv4(6, text)), router) == nil)
    let whole = Self.frame(Self.v4, Self.ipv4(6, text))
    for count in 0..<14 + 20 + 20 { #expect(rewritten(Array(whole.prefix(count))) == nil) }
  }

  @Test func theReportAndItsDeviceNameNobodyElse() {
    let device = Self.others.device(Self.device())
    #expect(device.hostname == "cam of [name]" && device.streams.isEmpty && device.traffic?.to == WithoutOthers.v4)
    #expect(device.evidence.first?.reason == "says netcam for [address] and 192.168.1.20")
    #expect(device.verdict == .camera && device.deviceClass == .embedded && device.room == "12")
    var subject = IncidentReport.Subject(device: Self.device(), alert: "a")
    subject.history = [.init(time: .zero, what: "dismissed", who: "Anna", note: "room 214")]
    subject.losses = ["mac:3c:06:30:aa:bb:cc is missing"]
    let origin = IncidentReport.Origin(version: "1", command: "lenscap", written: .zero, utc: true, clock: "")
    var report = IncidentReport(subjects: [subject], inputs: [], origin: origin)
    report.leaveOut(Self.others)
    let page = String(decoding: ReportPage(report).bytes, as: UTF8.self)
    for word in ["Anna", "room 214", "192.168.1.77", "3c:06:30", "203.0.113.9"] { #expect(!page.contains(word), "\(word)") }
    #expect(page.contains("192.168.1.20") && page.contains("nothing of anybody but the camera"))
  }
}
