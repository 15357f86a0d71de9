import Testing

@testable import Detection

/// Somebody on the network speaks in another's name. Each trick stands beside what it imitates.
@Suite struct FramingTests {
  /// What one packet can say in the phone's name, if its sender borrows the phone's addresses.
  static let claims: [(name: String, send: @Sendable (inout GuestNetwork, GuestNetwork.Host) -> Void)] = [
    ("SADP", { $0.sadp($1) }), ("ONVIF Hello", { $0.hello($1) }), ("mDNS", { $0.mdns($1) }),
    ("DHCP name", { $0.dhcpRequest($1, options: GuestNetwork.cameraName) }),
    (
      "an RTSP answer without a connection",
      { net, host in
        for sequence: UInt32 in [1, 200] {
          net.tcp(host, GuestNetwork.guest, 554, 5000, seq: sequence, ack: 1, .ack, GuestNetwork.rtspAnswer)
          net.tcp(GuestNetwork.guest, host, 5000, 554, seq: 1, .rst)
        }
      }
    ),
    (
      "DNS questions",
      { net, host in
        for port: UInt16 in [5000, 5001] { net.udp(host, GuestNetwork.router, port, 53, GuestNetwork.question("dev", "ezvizlife", "com")) }
      }
    ),
  ]

  @Test(arguments: claims.indices)
  func nobodyAccusesAPhone(index: Int) {
    var net = GuestNetwork()
    net.arrivePhone()
    Self.claims[index].send(&net, GuestNetwork.phone)
    let result = net.run()
    #expect(result.events.isEmpty, "\(Self.claims[index].name): \(result.events.map(\.device.evidence))")
    #expect(result.device(GuestNetwork.phone)?.deviceClass == .personal)
    #expect(result.device(GuestNetwork.phone).map { $0.verdict <= .possible } == true)
    let weighed = result.device(GuestNetwork.phone)?.evidence.filter { $0.weight > 0 } ?? []
    #expect(weighed.allSatisfy { !$0.isCorroborated })
  }

  /// A short capture of a camera still raises its alert, as what it is: something that one packet said.
  @Test(arguments: [0, 1, 2])
  func onePacketOfACameraIsAnAlert(index: Int) {
    var net = GuestNetwork()
    Self.claims[index].send(&net, GuestNetwork.camera)
    let result = net.run()
    #expect(result.events.map(\.severity) == [.medium])
    #expect(result.events.first?.device.verdict == .probable)
    #expect(result.device(GuestNetwork.camera)?.isCorroborated == false)
    #expect(result.device(GuestNetwork.camera)?.evidence.first?.isCorroborated == false)
  }

  /// A camera that is here, with the lease of its address or with a conversation, is one, whichever comes first.
  @Test(arguments: [0, 1], [true, false])
  func aCameraThatTakesPartIsOne(index: Int, claimsFirst: Bool) {
    for leases in [true, false] {
      var net = GuestNetwork()
      if claimsFirst { Self.claims[index].send(&net, GuestNetwork.camera) }
      if leases { net.leases(GuestNetwork.camera, options: "3703 010306") } else { net.asks(GuestNetwork.camera) }
      if !claimsFirst { Self.claims[index].send(&net, GuestNetwork.camera) }
      let result = net.run()
      #expect(result.events.last?.severity == .high)
      #expect(result.events.last?.device.verdict == .camera)
      #expect(result.device(GuestNetwork.camera)?.evidence.allSatisfy(\.isCorroborated) == true)
    }
  }

  /// A phone that serves a camera's pages is in use as one: both sides spoke.
  @Test func whatAPhoneServesCounts() {
    var net = GuestNetwork()
    net.arrivePhone()
    net.serves(GuestNetwork.phone, viewer: GuestNetwork.printer)
    net.sadp(GuestNetwork.phone)
    let result = net.run()
    #expect(result.alerts(GuestNetwork.phone).map(\.kind) == [.raised])
  }

  @Test func aCameraThatServesIsCorroborated() {
    var net = GuestNetwork()
    net.serves(GuestNetwork.camera)
    let result = net.run()
    #expect(result.events.map(\.severity) == [.high])
    #expect(result.device(GuestNetwork.camera)?.evidence.filter { $0.weight > 0 }.allSatisfy(\.isCorroborated) == true)
  }

  // MARK: With the guest's own MAC address

  @Test(arguments: [GuestNetwork.phone, GuestNetwork.printer])
  func requestsNameWhoSentThem(victim: GuestNetwork.Host) {
    for relay in ["00000000", "0a000042"] {
      var net = GuestNetwork()
      net.arrivePhone()
      net.asks(GuestNetwork.printer)
      net.dhcpRequest(GuestNetwork.guest, client: victim.mac, options: GuestNetwork.cameraName, relay: relay)
      let result = net.run()
      #expect(result.alerts(victim).isEmpty)
      #expect(result.device(victim)?.hostname != "IPC-C22")
      #expect(result.alerts(GuestNetwork.guest).map(\.severity) == [.medium], "who said it is somebody")
    }
  }

  @Test(arguments: [false, true])
  func aRealRelayNamesItsClients(hasOption82: Bool) {
    var net = GuestNetwork()
    let sign = hasOption82 ? "52 04 0102 6765" : ""
    for (client, name) in [(GuestNetwork.camera, GuestNetwork.cameraName), (GuestNetwork.printer, GuestNetwork.option(12, "office"))] {
      net.dhcpRequest(GuestNetwork.router, client: client.mac, options: name + sign, relay: hasOption82 ? "00000000" : "0a000001")
    }
    let result = net.run()
    #expect(result.alerts(GuestNetwork.camera).count == 1)
    #expect(result.alerts(GuestNetwork.router).isEmpty)
  }

  @Test func answersNameNobody() {
    var net = GuestNetwork()
    net.arrivePhone()
    net.dhcpReply(to: GuestNetwork.phone, from: GuestNetwork.guest, options: "350105" + GuestNetwork.cameraName)
    net.udp(
      GuestNetwork.guest.posing(as: GuestNetwork.router.address), GuestNetwork.phone, 53, 5000,
      GuestNetwork.answer("dev", "ezvizlife", "com"))
    let result = net.run()
    #expect(result.events.isEmpty)
    #expect(result.device(GuestNetwork.phone)?.evidence.contains { $0.weight > 0 } == false)
    #expect(result.device(GuestNetwork.phone)?.hostname == "Galaxy-S23")
  }

  /// Who borrows only the IP address speaks for itself.
  @Test(arguments: [0, 1, 2])
  func theFrameTellsWhoItWas(index: Int) {
    var net = GuestNetwork()
    net.arrivePhone()
    Self.claims[index].send(&net, GuestNetwork.guest.posing(as: GuestNetwork.phone.address))
    let result = net.run()
    #expect(result.events.map(\.device.id.mac) == [GuestNetwork.guest.link])
  }

  @Test func aRouterIsNoCamera() {
    var net = GuestNetwork()
    net.arrivePhone()
    for last in 1...4 { net.asks(GuestNetwork.phone, GuestNetwork.router.posing(as: "198.51.\(last).7")) }
    net.sadp(GuestNetwork.router)
    let result = net.run()
    #expect(result.device(GuestNetwork.router)?.isRouter == true)
    #expect(result.events.map(\.severity) == [.medium], "nothing but one packet says so")
    #expect(result.device(GuestNetwork.router)?.isCorroborated == false)
  }

  // MARK: A camera that hides behind a router's or a resolver's name

  /// Made-up sources, a router advertisement, and an answer that names it the router of the network.
  static let disguises: [(name: String, send: @Sendable (inout GuestNetwork) -> Void)] = [
    (
      "sources",
      { net in
        for address in ["198.51.100.1", "192.0.2.1", "203.0.113.77"] {
          net.udp(GuestNetwork.camera.posing(as: address), GuestNetwork.phone, 9, 9, [1])
        }
      }
    ),
    ("advertisement", { $0.advertise(GuestNetwork.camera) }),
    (
      "DHCP",
      { net in
        net.dhcpReply(to: GuestNetwork.phone, from: GuestNetwork.camera, options: "350105 0304 0a000035")
        net.arp(GuestNetwork.camera)
      }
    ),
    ("an answer", { $0.udp(GuestNetwork.camera, GuestNetwork.phone, 53, 5000, GuestNetwork.answer("www", "example", "com")) }),
  ]

  @Test(arguments: disguises.indices)
  func aDisguiseHidesNoCamera(index: Int) {
    var net = GuestNetwork()
    net.arrivePhone()
    for other in others(around: index) { other(&net) }
    // Each trick with those that help it: sources before and after.
    Self.disguises[index].send(&net)
    net.asks(GuestNetwork.camera)
    net.mdns(GuestNetwork.camera)
    net.udp(GuestNetwork.camera, GuestNetwork.router, 5001, 53, GuestNetwork.question("dev", "ezvizlife", "com"))
    net.udp(GuestNetwork.router, GuestNetwork.camera, 53, 5001, GuestNetwork.answer("dev", "ezvizlife", "com"))
    let result = net.run()
    #expect(result.device(GuestNetwork.camera)?.isRouter == false)
    #expect(Set(result.alerts(GuestNetwork.camera).map(\.alert)).count == 1, "\(Self.disguises[index].name)")
    let facets = Set(result.device(GuestNetwork.camera)?.evidence.map(\.signature.facet) ?? [])
    #expect(facets.isSuperset(of: [.discovery, .cloud]))
  }

  private func others(around index: Int) -> [@Sendable (inout GuestNetwork) -> Void] {
    index == 0 ? [] : [Self.disguises[0].send]
  }

  /// The camera pretends to be a router, and then that its address is the phone's.
  @Test(arguments: [true, false])
  func anAddressThatIsGivenAwayTakesNoEvidenceAlong(borrowsFrame: Bool) {
    var net = GuestNetwork()
    net.arrivePhone()
    net.asks(GuestNetwork.camera)
    net.arp(GuestNetwork.camera)
    for disguise in Self.disguises { disguise.send(&net) }
    // "My address is at the phone's", in a frame of its own or in the phone's name.
    let claimant = GuestNetwork.Host(
      mac: borrowsFrame ? GuestNetwork.phone.mac : GuestNetwork.camera.mac, address: GuestNetwork.camera.address)
    net.arp(claimant, holder: GuestNetwork.phone.mac)
    net.sadp(GuestNetwork.camera)
    net.serves(GuestNetwork.camera, viewer: GuestNetwork.printer)
    let result = net.run()
    #expect(result.alerts(GuestNetwork.phone).isEmpty)
    #expect(result.device(GuestNetwork.phone).map { $0.verdict <= .possible } == true)
    #expect(result.alerts(GuestNetwork.camera).last?.severity == .high)
    #expect(result.conflicts.map(\.text) == (borrowsFrame ? [GuestNetwork.camera.address] : []))
  }

  @Test func aRealRouterStaysOne() {
    var net = GuestNetwork()
    net.arrivePhone()
    for last in 1...4 { net.asks(GuestNetwork.phone, GuestNetwork.router.posing(as: "198.51.\(last).7")) }
    net.leases(GuestNetwork.printer, options: "")
    // What it repeats from another network, and asks for others, is not its own.
    net.mdns(GuestNetwork.router)
    let result = net.run()
    #expect(result.device(GuestNetwork.router)?.isRouter == true)
    #expect(result.events.isEmpty)
  }

  /// One network in both directions is enough where DHCP or an advertisement names it.
  @Test func whatNamesARouterHelps() {
    for isNamed in [true, false] {
      var net = GuestNetwork()
      net.asks(GuestNetwork.phone)
      if isNamed { net.dhcpReply(to: GuestNetwork.phone, from: GuestNetwork.router, options: "350105 0304 0a000001") }
      net.arp(GuestNetwork.router)
      #expect(net.run().device(GuestNetwork.router)?.isRouter == isNamed)
    }
  }

  /// Who answers what it was asked, asks in turn for others.
  @Test func aRealResolverAsksForOthers() {
    var net = GuestNetwork()
    net.udp(GuestNetwork.phone, GuestNetwork.router, 5000, 53, GuestNetwork.question("dev", "ezvizlife", "com"))
    net.udp(GuestNetwork.router, GuestNetwork.server, 5002, 53, GuestNetwork.question("dev", "ezvizlife", "com"))
    net.udp(GuestNetwork.server, GuestNetwork.router, 53, 5002, GuestNetwork.answer("dev", "ezvizlife", "com"))
    net.udp(GuestNetwork.router, GuestNetwork.phone, 53, 5000, GuestNetwork.answer("dev", "ezvizlife", "com"))
    #expect(net.run().device(GuestNetwork.router)?.evidence.isEmpty == true)
  }
}
