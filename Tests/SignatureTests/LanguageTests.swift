import Detection
import SignatureFiles
import Testing
import YAMLReading

/// Each operator and each condition, with matching and non-matching values.
@Suite struct LanguageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let match: String
    let meets: [String]
    let misses: [String]
    var testDescription: String { match }

    init(_ match: String, meets: [String], misses: [String]) {
      self.match = match
      self.meets = meets
      self.misses = misses
    }
  }

  static let texts: [Case] = [
    Case(
      "{ dhcp.hostname: DCS-935L }", meets: ["dhcp.hostname: DCS-935L", "dhcp.hostname: dcs-935l"],
      misses: ["dhcp.hostname: DCS-935", "dhcp.hostname: DCS-935LH", "mdns.name: DCS-935L"]),
    Case(
      "{ dhcp.hostname: [ ipcam, netcam ] }", meets: ["dhcp.hostname: ipcam", "dhcp.hostname: NetCam"],
      misses: ["dhcp.hostname: webcam"]),
    Case("{ rtp.payload: 100 }", meets: ["rtp.payload: 100", "rtp.payload: \"100\""], misses: ["rtp.payload: 10"]),
    Case("{ http.realm: { equals: yes } }", meets: ["http.realm: yes"], misses: ["http.realm: true"]),
    Case("{ eth.oui: { prefix: 001122 } }", meets: ["eth.oui: 001122334455"], misses: ["eth.oui: \"101122334455\""]),
    Case("{ eth.oui: { prefix: 0e1234 } }", meets: ["eth.oui: 0e1234000000"], misses: ["eth.oui: 0e1235000000"]),
    Case(
      "{ dhcp.hostname: { prefix: [ DCS-, IPC ] } }", meets: ["dhcp.hostname: dcs-1", "dhcp.hostname: IPC"],
      misses: ["dhcp.hostname: aDCS-1"]),
    Case("{ dhcp.hostname: { prefix: x } }", meets: ["dhcp.hostname: X1"], misses: ["dhcp.hostname: 1x"]),
    Case("{ mdns.name: { suffix: -cam } }", meets: ["mdns.name: hall-CAM", "mdns.name: -cam"], misses: ["mdns.name: hall-cam1"]),
    Case(
      "{ http.title: { contains: network camera } }", meets: ["http.title: \"The Network Camera 3\""],
      misses: ["http.title: network cam"]),
    Case("{ http.title: { contains: é } }", meets: ["http.title: caméra"], misses: ["http.title: camera"]),
    Case(
      "{ dns.query: { under: example.com } }", meets: ["dns.query: example.com", "dns.query: a.b.EXAMPLE.com"],
      misses: ["dns.query: notexample.com", "dns.query: example.com.org"]),
    Case(
      "{ dhcp.hostname: { word: ipcam } }",
      meets: ["dhcp.hostname: ipcam", "dhcp.hostname: my-ipcam-2", "dhcp.hostname: xipcam ipcam"],
      misses: ["dhcp.hostname: myipcam", "dhcp.hostname: ipcam2"]),
    Case(
      "{ dhcp.hostname: { like: \"DCS-9##L*\" } }", meets: ["dhcp.hostname: DCS-935L", "dhcp.hostname: dcs-935lh"],
      misses: ["dhcp.hostname: DCS-93XL", "dhcp.hostname: xDCS-935L"]),
    Case(
      "{ dhcp.hostname: { like: [ \"cam??\", \"*-ipc-*\" ] } }",
      meets: ["dhcp.hostname: cam12", "dhcp.hostname: a-ipc-", "dhcp.hostname: -ipc-ipc-"],
      misses: ["dhcp.hostname: cam1", "dhcp.hostname: cam123", "dhcp.hostname: a-ipc"]),
    Case("{ rtsp.video: { like: \"*\" } }", meets: ["rtsp.video: H264"], misses: ["rtsp.server: x"]),
    Case(
      "{ upload.rate: { above: 40 } }", meets: ["upload.rate: 40.5", "upload.rate: 100"], misses: ["upload.rate: 40", "upload.rate: 9"]),
    Case(
      "{ upload.share: { below: 2.5 } }", meets: ["upload.share: 2", "upload.share: -1"], misses: ["upload.share: 2.5", "upload.share: 10"]),
    Case(
      "{ beacon.period: { between: 4..45 } }", meets: ["beacon.period: 4", "beacon.period: 45", "beacon.period: 20.02"],
      misses: ["beacon.period: 3", "beacon.period: 46", "beacon.period: 4x"]),
    Case(
      "{ upload.seconds: { above: 5, below: 60 } }", meets: ["upload.seconds: 6"], misses: ["upload.seconds: 5", "upload.seconds: 60"]),
    Case(
      "{ wifi.ssid: { prefix: CAM, like: \"*####\" } }", meets: ["wifi.ssid: CAM-0123"],
      misses: ["wifi.ssid: CAM-01x3", "wifi.ssid: ACAM-0123"]),
    Case(
      "{ rtsp.video: { like: \"*\", unless: [ MP2T, MPV ] } }", meets: ["rtsp.video: H264"],
      misses: ["rtsp.video: mp2t", "rtsp.video: MPV"]),
    Case(
      "{ dns.query: { under: a.com, unless: { equals: www.a.com } } }", meets: ["dns.query: p2p.a.com"],
      misses: ["dns.query: www.a.com"]),
    Case(
      "{ wifi.ssid: { contains: cam, unless: { like: \"*######*\", prefix: x } } }",
      meets: ["wifi.ssid: cam-123456", "wifi.ssid: xcam"], misses: ["wifi.ssid: xcam-123456"]),
    Case(
      "{ domain: { under: cam.example } }",
      meets: ["dns.query: cam.example", "tls.sni: a.cam.example", "quic.sni: cam.example", "http.host: cam.example"],
      misses: ["http.server: cam.example", "dns.query: cam.examples"]),
    Case(
      "{ http.server: { prefix: Cam, port: [ 81, 8081 ] } }", meets: ["http.server: Cam/1, port: 81"],
      misses: ["http.server: Cam/1, port: 80", "http.server: Cam/1"]),
  ]

  static let conditions: [Case] = [
    Case(
      "{ dhcp.hostname: cam, eth.oui: { prefix: b0c554 } }",
      meets: ["dhcp.hostname: cam, eth.oui: b0c554000001", "eth.oui: b0c554000001, dhcp.hostname: cam"],
      misses: ["dhcp.hostname: cam", "eth.oui: b0c554000001", "dhcp.hostname: cam, eth.oui: b0c555000001"]),
    Case(
      "{ all: [ { mdns.txt: a=1 }, { mdns.txt: b=2 } ] }", meets: ["mdns.txt: [ a=1, b=2 ]"], misses: ["mdns.txt: [ a=1, c=2 ]"]),
    Case(
      "{ any: [ { mdns.txt: a=1 }, { ssdp.st: x } ] }", meets: ["mdns.txt: a=1", "ssdp.st: x"],
      misses: ["mdns.txt: x", "ssdp.st: a=1"]),
    Case(
      "{ rtsp.video: H264, not: { rtsp.server: { contains: VLC } } }",
      meets: ["rtsp.video: H264", "rtsp.video: H264, rtsp.server: Hipcam"],
      misses: ["rtsp.video: H264, rtsp.server: VLC/3", "rtsp.server: VLC/3, rtsp.video: H264", "rtsp.server: Hipcam"]),
    Case(
      "{ mdns.name: cam, any: [ { ssdp.st: x }, { ssdp.st: y } ] }", meets: ["mdns.name: cam, ssdp.st: y"],
      misses: ["mdns.name: cam", "ssdp.st: y"]),
    Case(
      "{ any: [ { mdns.name: a, ssdp.st: x }, { mdns.name: b, not: { ssdp.st: x } } ] }",
      meets: ["mdns.name: a, ssdp.st: x", "mdns.name: b"], misses: ["mdns.name: a", "mdns.name: b, ssdp.st: x"]),
  ]

  static let payloads: [Case] = [
    Case(
      "{ udp.payload: { bytes: f1 31 00 14 } }", meets: ["udp.payload: f1310014", "udp.payload: F1 31 00 14 55"],
      misses: ["udp.payload: f13100", "udp.payload: 00f1310014", "tcp.payload: f1310014"]),
    Case(
      "{ udp.payload: { bytes: f1 .. 00 } }", meets: ["udp.payload: f1ff00", "udp.payload: f10000"],
      misses: ["udp.payload: f1ff01", "udp.payload: f1ff"]),
    Case(
      "{ udp.payload: { bytes: { 0: f1 30, 4: \"55 .. aa\" } } }", meets: ["udp.payload: f130000055ffaa"],
      misses: ["udp.payload: f130000055ffab", "udp.payload: f131000055ffaa"]),
    Case(
      "{ udp.payload: { bytes: [ f1 30 00 01, f1 31 00 01 ] } }", meets: ["udp.payload: f1300001", "udp.payload: f1310001"],
      misses: ["udp.payload: f1320001"]),
    Case(
      "{ udp.payload: { bytes: { 0: [ a1, b1 ], 2: [ c1, d1 ] } } }",
      meets: ["udp.payload: a100c1", "udp.payload: b100d1", "udp.payload: a100d1"], misses: ["udp.payload: a100a1"]),
    Case(
      "{ tcp.payload: { text: \"L:\" } }", meets: ["tcp.payload: 4c3a31"], misses: ["tcp.payload: 6c3a31", "tcp.payload: 004c3a"]),
    Case(
      "{ udp.payload: { text: { 4: [ DHIP, DHOP ] } } }",
      meets: ["udp.payload: \"2000000044484950\"", "udp.payload: 20000000 44484f50"],
      misses: ["udp.payload: \"4448495000000000\"", "udp.payload: \"2000000064484950\""]),
    Case(
      "{ udp.payload: { contains: Camera } }", meets: ["udp.payload: 0043616d65726100", "udp.payload: 43414d455241"],
      misses: ["udp.payload: 43616d657200"]),
    Case(
      "{ udp.payload: { bytes: f1 e0, length: [ 4, 28 ] } }", meets: ["udp.payload: f1e00000", "udp.payload: f1e0, length: 28"],
      misses: ["udp.payload: f1e0", "udp.payload: f1e0, length: 20"]),
    Case(
      "{ udp.payload: { bytes: f1 e0, length: [ 4, 20..28 ] } }",
      meets: ["udp.payload: f1e0, length: 20", "udp.payload: f1e0, length: 28", "udp.payload: f1e00000"],
      misses: ["udp.payload: f1e0, length: 19", "udp.payload: f1e0, length: 29"]),
    Case(
      "{ udp.payload: { length: 54, port: 10240 } }", meets: ["udp.payload: ee2f, length: 54, port: 10240"],
      misses: ["udp.payload: ee2f, length: 54, port: 10241", "udp.payload: ee2f, port: 10240"]),
    Case(
      "{ udp.payload: { port: 37020, contains: ProbeMatch, unless: { contains: DS-K } } }",
      meets: ["udp.payload: 50726f62654d61746368, port: 37020"],
      misses: ["udp.payload: 50726f62654d6174636844532d4b, port: 37020"]),
    Case(
      "{ udp.payload: { bytes: f1, unless: { bytes: [ f1 00, f1 01 ] } } }", meets: ["udp.payload: f102"],
      misses: ["udp.payload: f100", "udp.payload: f101"]),
  ]

  @Test(arguments: texts + conditions + payloads)
  func matchesAndRejects(_ test: Case) throws {
    let list = { (values: [String]) in "[ " + values.map { "{ \($0) }" }.joined(separator: ", ") + " ]" }
    let text = Document.text(match: test.match, examples: list(test.meets), counterexamples: list(test.misses))
    let (signatures, problems) = SignatureLoader.read(yaml: text, file: "test.yaml")
    #expect(problems == [])
    #expect(signatures.flatMap { $0.exampleProblems() } == [])

    // With examples and counterexamples swapped, every one of them is reported.
    let reversed = Document.text(match: test.match, examples: list(test.misses), counterexamples: list(test.meets))
    let found = SignatureLoader.read(yaml: reversed, file: "test.yaml").signatures.flatMap { $0.exampleProblems() }
    #expect(found.count == test.meets.count + test.misses.count)
  }

  @Test func everyFieldCanBeTested() {
    for field in Field.allCases {
      let match = field.isPayload ? "{ \(field.rawValue): { bytes: b0c554 } }" : "{ \(field.rawValue): { prefix: b0c554 } }"
      let text = Document.text(
        match: match, examples: "[ { \(field.rawValue): b0c554255b0e } ]",
        counterexamples: "[ { \(field.rawValue): 70ee50121314 } ]")
      let (signatures, problems) = SignatureLoader.read(yaml: text, file: "test.yaml")
      #expect(problems == [])
      #expect(signatures.flatMap { $0.exampleProblems() } == [], "\(field)")
    }
  }

  @Test func readsAllParts() throws {
    let text = Document.text(
      says: "recorder", facet: "discovery", strength: "likely",
      match: "{ ssdp.server: { contains: [ UPnP/1.0 DNR-, DVR ], unless: x } }",
      gives: "{ model: { from: ssdp.server, after: \"UPnP/1.0 \", until: / }, kind: recorder }",
      because: "announces itself as \"{value}\"", references: "[ one, two ]",
      examples:
        "[ { ssdp.server: \"Linux, UPnP/1.0 DNR-322L/1.0\", gives: { vendor: D-Link, model: DNR-322L, kind: recorder } } ]",
      counterexamples: "[ { ssdp.server: UPnP/1.0 DIR-615/1.0 } ]", vendor: "D-Link")
    let loaded = try #require(SignatureLoader.read(yaml: text, file: "a/test.yaml").signatures.first)
    #expect(
      loaded.signature
        == Signature(
          id: "test-one", says: .recorder, facet: .discovery, strength: .likely,
          condition: .test(
            [.ssdpServer],
            ValueTest(
              [.contains([Array("upnp/1.0 dnr-".utf8), Array("dvr".utf8)])], unless: [ValueTest([.equals([Array("x".utf8)])])])),
          vendor: .literal("D-Link"), model: .text(.ssdpServer, after: "UPnP/1.0 ", until: "/"), kind: .literal("recorder"),
          because: "announces itself as \"{value}\"", references: ["one", "two"]))
    #expect(loaded.file == "a/test.yaml")
    #expect(loaded.line == 3)
    #expect(loaded.examples.map(\.model) == ["DNR-322L"])
    #expect(loaded.exampleProblems() == [])
  }

  @Test func strengthByClass() throws {
    let text = Document.text(strength: "{ embedded: likely, unknown: supports }", because: "x\n    valid-for: 30d")
    let signature = try #require(SignatureLoader.read(yaml: text, file: "test.yaml").signatures.first?.signature)
    #expect(signature.strength == Strengths([.embedded: .likely, .unknown: .supports]))
    #expect(signature.strength?[.personal] == nil)
    #expect(signature.validFor == .seconds(30 * 86_400))
  }

  /// Who else shows a value decides what it is worth.
  @Test(arguments: [("app", [DeviceClass.embedded: Strength.strong, .unknown: .supports]), ("products", [:])])
  func sharedValues(with: String, strengths: [DeviceClass: Strength]) throws {
    let text = Document.text(strength: nil, because: "x\n    shared-with: \(with)")
    let signature = try #require(SignatureLoader.read(yaml: text, file: "test.yaml").signatures.first?.signature)
    for deviceClass in DeviceClass.allCases { #expect(signature.strength?[deviceClass] == strengths[deviceClass]) }
  }

  @Test func marksOfAClass() throws {
    let text = """
      signatures:
        - id: test-one
          says: class
          group: mdns
          points: -10
          shows: media
          match: { mdns.service: _googlecast._tcp }
          because: plays for others
          references: [ a capture ]
          examples: [ { mdns.service: _googlecast._tcp } ]
          counterexamples: [ { mdns.service: _rtsp._tcp } ]
      """
    let loaded = try #require(SignatureLoader.read(yaml: text, file: "test.yaml").signatures.first)
    #expect(loaded.signature.mark == ClassMark(.mdns, points: -10, shows: .media))
    #expect(loaded.signature.facet == .discovery)
    #expect(loaded.signature.strength == nil)
    #expect(loaded.exampleProblems() == [])
  }

  struct GivenCase: Sendable {
    let says: String
    let gives: String
    let expected: (vendor: GivenValue?, model: GivenValue?, kind: GivenValue?)

    init(_ says: String, _ gives: String, vendor: GivenValue? = nil, model: GivenValue? = nil, kind: GivenValue? = nil) {
      self.says = says
      self.gives = gives
      expected = (vendor, model, kind)
    }
  }

  static let givenCases: [GivenCase] = [
    GivenCase("camera", "{ kind: doorbell }", vendor: .literal("Maker"), kind: .literal("doorbell")),
    GivenCase("relay", "{ model: Base 2 }", vendor: .literal("Maker"), model: .literal("Base 2")),
    GivenCase("vendor", "{ vendor: Other }", vendor: .literal("Other")),
    GivenCase("vendor", "{ model: 100 }", vendor: .literal("Maker"), model: .literal("100")),
    GivenCase("viewer", "{ kind: app }", kind: .literal("app")),
    GivenCase("not-camera", "{ kind: phone }", kind: .literal("phone")),
    GivenCase("camera", "{ model: dhcp.hostname }", vendor: .literal("Maker"), model: .text(.dhcpHostname, after: "", until: "")),
    GivenCase("camera", "{ model: value }", vendor: .literal("Maker"), model: .value(after: "", until: "")),
    GivenCase(
      "camera", "{ model: { from: value, after: \"Cam \", until: / } }", vendor: .literal("Maker"),
      model: .value(after: "Cam ", until: "/")),
    GivenCase("camera", "{ vendor: { from: ssdp.manufacturer } }", vendor: .text(.ssdpManufacturer, after: "", until: "")),
    GivenCase(
      "camera", "{ model: { from: http.title, after: \": \" } }", vendor: .literal("Maker"),
      model: .text(.httpTitle, after: ": ", until: "")),
    GivenCase(
      "camera", "{ model: { from: udp.payload, at: 4, length: 16 } }", vendor: .literal("Maker"),
      model: .payload(.udpPayload, at: 4, length: 16)),
  ]

  @Test(arguments: givenCases)
  func givesNames(_ test: GivenCase) throws {
    let strength = test.says == "camera" ? "strong" : nil
    let text = Document.text(says: test.says, strength: strength, gives: test.gives, vendor: "Maker")
    #expect(Document.problems(text) == [])
    let signature = try #require(SignatureLoader.read(yaml: text, file: "test.yaml").signatures.first?.signature)
    #expect(signature.vendor == test.expected.vendor)
    #expect(signature.model == test.expected.model)
    #expect(signature.kind == test.expected.kind)
  }

  @Test func matchedValueOfAnyField() {
    let text = Document.text(
      match: "{ any: [ { dhcp.hostname: { prefix: CAM- } }, { mdns.name: { prefix: CAM- } } ] }",
      gives: "{ model: value, kind: { from: value, after: CAM-, until: x } }",
      examples:
        "[ { dhcp.hostname: CAM-1, gives: { model: CAM-1, kind: 1 } }, { mdns.name: CAM-2x3, gives: { model: CAM-2x3, kind: 2 } } ]"
    )
    let problems = SignatureLoader.read(yaml: text, file: "test.yaml").signatures.flatMap { $0.exampleProblems() }
    #expect(problems.map(\.message) == [])
  }

  @Test func listsCanBeWrittenOnce() {
    let match = "{ any: [ { dhcp.hostname: &list { prefix: [ CAM-, IPC- ] } }, { mdns.name: *list } ] }"
    let text = Document.text(match: match, examples: "[ { dhcp.hostname: CAM-1 }, { mdns.name: IPC-1 } ]")
    #expect(Document.problems(text) == [])
    let problems = SignatureLoader.read(yaml: text, file: "test.yaml").signatures.flatMap { $0.exampleProblems() }
    #expect(problems.map(\.message) == [])
  }

  @Test func examplesStateTheGivenValues() {
    let match = "{ udp.payload: { text: Cam } }"
    let gives = "{ model: { from: udp.payload, at: 4, length: 6 }, vendor: dhcp.hostname }"
    let examples = """
      [ { udp.payload: 43616d00 49504331 00ff, dhcp.hostname: Maker, gives: { model: IPC1, vendor: Maker } },
        { udp.payload: 43616d00 49504331, gives: { model: IPC2, vendor: Maker, kind: camera } } ]
      """
    let text = Document.text(
      match: match, gives: gives, examples: examples.replacing("\n", with: ""), counterexamples: "[ { udp.payload: 00 } ]")
    let problems = SignatureLoader.read(yaml: text, file: "test.yaml").signatures.flatMap { $0.exampleProblems() }
    #expect(
      problems.map(\.message) == [
        "test-one: this example gives vendor nothing, not \"Maker\"", "test-one: this example gives model \"IPC1\", not \"IPC2\"",
        "test-one: this example gives kind nothing, not \"camera\"",
      ])
  }
}
