import Testing

@testable import Detection

@Suite struct SignatureSetTests {
  static func signature(_ id: String, _ condition: Condition) -> Signature {
    Signature(id: id, says: .camera, facet: .name, strength: .strong, condition: condition, because: "")
  }

  static func text(_ operators: ValueOperator..., unless: [ValueTest] = [], in fields: [Field] = [.dhcpHostname]) -> Condition {
    .test(fields, ValueTest(operators, unless: unless))
  }

  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func fires(_ condition: Condition, _ values: [(Field, String)]) -> Bool {
    let observations = values.map { Observation(field: $0.0, text: $0.1, subject: Station()) }
    return !SignatureSet([signature("x", condition)]).match(observations).isEmpty
  }

  /// The index must propose whatever the operators would accept: each is asked through the compiled set.
  static let operators: [(ValueOperator, [String], [String])] = [
    (.equals([bytes("ipcam"), bytes("cam")]), ["ipcam", "IPCam", "cam"], ["ipcam1", "ca", ""]),
    (.prefix([bytes("dcs-"), bytes("nc")]), ["DCS-930L", "nc250"], ["xdcs-930l", "n"]),
    (.suffix([bytes("-cam")]), ["lobby-CAM"], ["lobby-cam2"]),
    (.contains([bytes("camera")]), ["mycamera1"], ["camer", "cam era"]),
    (.word([bytes("cam"), bytes("ip camera")]), ["my-cam_2", "cam", "An IP Camera!"], ["camden", "webcam", "ip cameras"]),
    (.like([bytes("dcs-9##l*")]), ["DCS-930L", "dcs-935lh"], ["dcs-93l", "dcs-9x0l", "xdcs-930l"]),
    (.like([bytes("*")]), ["anything"], []),
    (.like([bytes("a?c*e*")]), ["abcde", "axce"], ["abde", "abcd"]),
  ]

  @Test(arguments: operators.indices)
  func operatorsThroughTheIndex(index: Int) {
    let (test, accepted, refused) = Self.operators[index]
    for value in accepted { #expect(Self.fires(Self.text(test), [(.dhcpHostname, value)]), "\(value)") }
    for value in refused { #expect(!Self.fires(Self.text(test), [(.dhcpHostname, value)]), "\(value)") }
    for value in accepted { #expect(!Self.fires(Self.text(test), [(.mdnsName, value)]), "another field: \(value)") }
  }

  @Test func domains() {
    let under = Self.text(.under([Self.bytes("example.com")]), in: [.dnsQuery, .tlsServerName, .httpHost])
    for name in ["example.com", "a.example.com", "A.B.EXAMPLE.COM"] {
      for field in [Field.dnsQuery, .tlsServerName, .httpHost] { #expect(Self.fires(under, [(field, name)])) }
    }
    for name in ["notexample.com", "example.com.cn", "com", ""] { #expect(!Self.fires(under, [(.dnsQuery, name)]), "\(name)") }
    #expect(!Self.fires(under, [(.quicServerName, "example.com")]), "a field that was not asked for")
  }

  /// Fields of which the same is asked share it, and fields that share tests are looked up together.
  @Test func theSameTestOfSeveralFields() {
    let fields: [Field] = [.ssdpModel, .mdnsName, .onvifHardware]
    let model = Condition.any(fields.map { Self.text(.word([Self.bytes("dcs-930l")]), in: [$0]) })
    for condition in [model, .any([Self.text(.prefix([Self.bytes("nc")]), in: [.ssdpName]), model])] {
      for field in fields { #expect(Self.fires(condition, [(field, "D-Link DCS-930L")]), "\(field)") }
      for field in [Field.ssdpName, .dhcpHostname] { #expect(!Self.fires(condition, [(field, "D-Link DCS-930L")]), "\(field)") }
    }
    let other = Self.signature("other", Self.text(.contains([Self.bytes("930")]), in: [.ssdpModel]))
    let set = SignatureSet([Self.signature("model", model), other])
    func ids(_ field: Field, _ value: String) -> [String] {
      set.match([Observation(field: field, text: value, subject: Station())]).map(\.id)
    }
    #expect(ids(.ssdpModel, "DCS-930L") == ["model", "other"])
    #expect(ids(.mdnsName, "DCS-930L") == ["model"])
    #expect(ids(.mdnsName, "930") == [])
    #expect(!Self.fires(.all([model, .not(model)]), [(.mdnsName, "dcs-930l")]))
  }

  @Test func conditions() {
    let name = Self.text(.prefix([Self.bytes("cam")]))
    let cloud = Self.text(.under([Self.bytes("example.com")]), in: [.dnsQuery])
    #expect(!Self.fires(.all([name, cloud]), [(.dhcpHostname, "cam1")]))
    #expect(Self.fires(.all([name, cloud]), [(.dhcpHostname, "cam1"), (.dnsQuery, "example.com")]))
    #expect(Self.fires(.all([name, cloud]), [(.dnsQuery, "example.com"), (.dhcpHostname, "cam1")]), "in any order")
    #expect(Self.fires(.any([name, cloud]), [(.dnsQuery, "example.com")]))
    #expect(Self.fires(.all([name, .not(cloud)]), [(.dhcpHostname, "cam1")]))
    #expect(!Self.fires(.all([name, .not(cloud)]), [(.dnsQuery, "example.com"), (.dhcpHostname, "cam1")]))
    let unless = Self.text(.prefix([Self.bytes("cam")]), unless: [ValueTest([.prefix([Self.bytes("cameron")])])])
    #expect(Self.fires(unless, [(.dhcpHostname, "cam-1")]))
    #expect(!Self.fires(unless, [(.dhcpHostname, "Camerons-iPhone")]))
  }

  @Test func payloads() {
    let pattern = ValueTest([
      .bytes([BytePattern(offset: 0, bytes: [0xF1, 0x42, nil, 0x14]), BytePattern(offset: 6, bytes: [1, 2, 3, 4])]), .length([24...28]),
      .port([32108]),
    ])
    let set = SignatureSet([Self.signature("x", .test([.udpPayload], pattern))])
    let good: [UInt8] = [0xF1, 0x42, 9, 0x14, 0, 0, 1, 2, 3, 4]
    let fires = { (bytes: [UInt8], length: Int, port: UInt16, peer: UInt16) in
      !set.match([Observation(field: .udpPayload, bytes: bytes, length: length, subject: Station(), port: port, peerPort: peer)]).isEmpty
    }
    #expect(fires(good, 24, 32108, 1))
    #expect(fires(good, 28, 1, 32108))
    #expect(!fires(good, 29, 1, 32108))
    #expect(!fires(good, 24, 1, 2))
    #expect(!fires([0xF1, 0x42, 9, 0x15, 0, 0, 1, 2, 3, 4], 24, 32108, 1))
    #expect(!fires(Array(good.prefix(8)), 24, 32108, 1))
  }

  @Test func givenValues() {
    let observation = Observation(field: .ssdpServer, text: "UPnP/1.0 DCS-935L/1.0", subject: Station())
    #expect(GivenValue.text(.ssdpServer, after: "UPnP/1.0 ", until: "/").value(in: observation) == "DCS-935L")
    #expect(GivenValue.text(.ssdpServer, after: "upnp/1.0 ", until: "").value(in: observation) == "DCS-935L/1.0")
    #expect(GivenValue.text(.ssdpServer, after: "nowhere", until: "").value(in: observation) == nil)
    #expect(GivenValue.text(.dhcpHostname, after: "", until: "").value(in: observation) == nil)
    let payload = Observation(field: .udpPayload, bytes: [0, 0] + Self.bytes("DCS-935L") + [0, 65], length: 12, subject: Station())
    #expect(GivenValue.payload(.udpPayload, at: 2, length: 16).value(in: payload) == "DCS-935L")
    #expect(GivenValue.payload(.udpPayload, at: 20, length: 16).value(in: payload) == nil)
  }
}
