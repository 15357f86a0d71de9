import Testing

@testable import Detection

/// What the packet side hands down, and in which order.
@Suite struct FlowEventTests {
  typealias B = FrameBuilder
  typealias T = InventoryTests

  struct Run: ~Copyable {
    var dispatcher: Dispatcher
    var activity: StationActivity
    private var handover = Handover()
    private var number: UInt64 = 0

    init(_ recognizers: [any Recognizer] = Registry.recognizers, tracksIngress: Bool = false) {
      dispatcher = Dispatcher(recognizers: recognizers, tracksIngress: tracksIngress)
      activity = StationActivity(tracksIngress: tracksIngress)
    }

    /// The events of a frame, in words.
    mutating func frame(_ bytes: [UInt8], at seconds: Int64 = 1, interface: UInt16 = 3) -> [String] {
      number += 1
      let time = Timestamp(seconds: seconds, nanoseconds: 0)
      let frame = Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: time,
        reference: PacketReference(file: 0, number: number), interface: interface)
      dispatcher.handle(frame, into: &handover)
      take()
      return drain()
    }

    mutating func close() {
      dispatcher.closeAll(into: &handover)
      take()
    }

    private mutating func take() {
      activity.begin()
      for number in 0..<handover.count { activity.take(number, of: &handover) }
      handover.removeAll()
    }

    mutating func drain() -> [String] {
      var events: [FlowEvent] = activity.events.popIngress().map { [.ingress($0)] } ?? []
      while let event = activity.events.popFirst() { events.append(event) }
      return events.map { event in
        switch event {
        case .appeared(let arrival): "appeared \(arrival.station.address) \(arrival.packet.number) on \(arrival.ingress?.interface ?? 0)"
        case .removed(let gone, let isEviction): "removed \(gone.count) \(isEviction)"
        case .ingress(let ingress): "ingress \(ingress.interface) \(ingress.isFlooded)"
        case .neighbor(let neighbor, let interface): "neighbor \(neighbor.name) on \(interface)"
        case .observation(let observation): "\(observation.field.rawValue) \(observation.packet.number)"
        case .awoke, .upload, .clip: "behaviour"
        case .conversed(let station): "conversed \(activity.stations[station].station.address)"
        case .forwards(let finding): "forwards \(finding.mac)"
        case .doubled(let station, _): "doubled \(activity.stations[station].station.mac)"
        case .mediaOpened(let stream, _): "media \(stream.name)"
        case .mediaSeen(let record): "seen \(record.stream.name)"
        }
      }
    }
  }

  static func dns(_ bytes: [UInt8]) -> [UInt8] {
    B.ethernet(from: [2, 0, 0, 0, 0, 1], B.ipv4("192.168.1.10", "192.168.1.1", proto: 17, B.udp(5000, 53, bytes)))
  }

  @Test func aStationAppearsBeforeItSpeaks() {
    var run = Run()
    let frame = Self.dns(hex("0001 0100 0001 0000 0000 0000 03 616263 02 6465 00 0001 0001"))
    #expect(run.frame(frame).first == "appeared 192.168.1.10 1 on 3")
    #expect(run.frame(frame) == ["dns.query 2"])
  }

  /// Nothing is reported of a conversation that was decided.
  @Test func decidedConversationsAreSilent() {
    var run = Run([])
    let frame = T.udp([2, 0, 0, 0, 0, 1], "192.168.1.10", "192.168.1.1")
    #expect(run.frame(frame) == ["appeared 192.168.1.10 1 on 3", "udp.payload 1"])
    for _ in 0..<2 { _ = run.frame(frame) }
    #expect(run.frame(frame) == [])
    let isEmpty = run.activity.events.isEmpty
    #expect(isEmpty)
  }

  /// The first frame's way comes with its station, so that an alert which that raises has a room; then one event a frame.
  @Test func ingressComesWithTheStation() {
    var run = Run([], tracksIngress: true)
    let frame = T.udp([2, 0, 0, 0, 0, 1], "192.168.1.10", "192.168.1.1")
    #expect(run.frame(frame) == ["appeared 192.168.1.10 1 on 3", "udp.payload 1"])
    #expect(run.frame(frame, interface: 4) == ["ingress 4 false", "udp.payload 2"])
    #expect(run.frame(T.udp([2, 0, 0, 0, 0, 1], "192.168.1.10", "255.255.255.255"), interface: 4).first == "ingress 4 true")
  }

  @Test func neighboursComeBeforeWhatTheySay() {
    var run = Run(tracksIngress: true)
    let events = run.frame(PlaceTests.lldp("sw-3", "Gi0/12"))
    #expect(events.prefix(2) == ["appeared \(IPAddress.none) 1 on 3", "neighbor sw-3 on 3"])
    #expect(events.dropFirst(2).allSatisfy { $0.hasPrefix("lldp.") })
    var without = Run()
    #expect(!without.frame(PlaceTests.lldp("sw-3", "Gi0/12")).contains { $0.hasPrefix("neighbor") })
  }

  /// What was forgotten is no eviction.
  @Test func idleStationsLeave() {
    var run = Run([])
    _ = run.frame(T.udp([2, 0, 0, 0, 0, 1], "192.168.1.10", "192.168.1.1"))
    run.close()
    let time = Timestamp(seconds: 100, nanoseconds: 0)
    run.activity.forget(before: time, sparing: [], releasing: run.dispatcher.addresses.forget(before: time))
    #expect(run.drain() == ["removed 1 false"])
  }

  /// A station that is only spoken of appears when its observation is filed, and not before.
  @Test func subjectsAppear() {
    var run = Run([])
    let subject = Station(mac: MACAddress(bits: 7), address: IPAddress("192.168.1.7")!)
    let observation = Observation(field: .dnsQuery, text: "a", subject: subject, packet: PacketReference(file: 0, number: 9))
    _ = run.activity.station(for: observation)
    #expect(run.drain() == ["appeared 192.168.1.7 9 on 0"])
    _ = run.activity.station(for: observation)
    #expect(run.drain() == [])
  }

  /// A datagram that never became whole is reported before the packet at which it is given up, and bears its own number.
  @Test func whatIsGivenUpComesFirst() {
    var run = Run([], tracksIngress: true)
    func fragment(_ offset: UInt16, _ payload: [UInt8]) -> [UInt8] {
      B.ethernet(from: [2, 0, 0, 0, 0, 1], B.ipv4("192.168.1.10", "192.168.1.1", proto: 17, fragment: offset, payload))
    }
    #expect(run.frame(fragment(0x2000, B.udp(1000, 2000, [UInt8](repeating: 1, count: 24)))) == ["appeared 192.168.1.10 1 on 3"])
    let later = run.frame(T.udp([2, 0, 0, 0, 0, 2], "192.168.1.11", "192.168.1.1"), at: 100)
    #expect(later == ["udp.payload 1", "appeared 192.168.1.11 2 on 3", "udp.payload 2"])
  }
}
