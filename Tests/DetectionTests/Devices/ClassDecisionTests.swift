import Testing

@testable import Detection

/// The worked cases of the classes.
@Suite struct ClassDecisionTests {
  typealias Mark = ClassMark

  static let cases: [(String, [Mark], ClassDecision.Circumstances, DeviceClass)] = [
    ("nothing", [], [], .unknown),
    ("BusyBox and a small window scale", [Mark(.dhcp, points: 6), Mark(.syn, points: 6)], [], .embedded),
    ("BusyBox's list and few extensions: two groups, too little", [Mark(.dhcp, points: 4), Mark(.tls, points: 3)], [], .unknown),
    ("a small window scale and no protocol: just enough", [Mark(.syn, points: 6), Mark(.tls, points: 2)], [], .embedded),
    ("one group, however often", [Mark(.syn, points: 6), Mark(.syn, points: 6)], [], .unknown),
    ("the best of a group counts", [Mark(.dhcp, points: 4), Mark(.dhcp, points: 6), Mark(.tls, points: 2)], [], .embedded),
    ("dhcpcd speaks against, a little", [Mark(.dhcp, points: -4), Mark(.syn, points: 6), Mark(.tls, points: 3)], [], .unknown),
    ("the most negative of a group counts", [Mark(.tls, points: 3), Mark(.tls, points: -8)], [], .personal),
    ("an iPhone", [Mark(.dhcp, points: -12), Mark(.syn, points: -12), Mark(.names, points: -6)], [], .personal),
    ("a phone of which only one name was seen", [Mark(.names, points: -6)], [], .unknown),
    ("a television with a small stack", [Mark(.syn, points: 6), Mark(.mdns, points: -10, shows: .media)], [], .media),
    ("a speaker that uses HTTP/2", [Mark(.tls, points: -8), Mark(.mdns, points: -10, shows: .media)], [], .media),
    (
      "who gives addresses", [Mark(.dhcp, points: 6), Mark(.syn, points: 6), Mark(.role, points: 0, shows: .infrastructure)], [],
      .infrastructure
    ),
    ("a router", [Mark(.dhcp, points: 6), Mark(.syn, points: 6)], [.routes, .forwards], .infrastructure),
    ("a repeater that forwards, without marks", [], .forwards, .infrastructure),
    (
      "a plug that relays a phone at its set-up: its own stack says what it is",
      [Mark(.dhcp, points: 6), Mark(.syn, points: 6), Mark(.tls, points: -10), Mark(.names, points: -10)], .forwards, .embedded
    ),
    ("a laptop that forwards for its virtual machines", [Mark(.dhcp, points: -12), Mark(.names, points: -10)], .forwards, .personal),
    ("names that were asked for others", [Mark(.names, points: -10)], .resolves, .unknown),
  ]

  @Test(arguments: cases.indices)
  func decides(index: Int) {
    let (name, marks, circumstances, expected) = Self.cases[index]
    #expect(ClassDecision(marks, circumstances).deviceClass == expected, "\(name)")
  }

  @Test func heaviestFirst() {
    let marks = [Mark(.tls, points: 3), Mark(.dhcp, points: 4), Mark(.syn, points: 6), Mark(.syn, points: 5)]
    #expect(ClassDecision(marks).counted(marks) == [2, 1, 0])
  }

  /// A class of an earlier run: marks lower it, their absence does not.
  @Test func keptClasses() {
    let nothing = ClassDecision([])
    let embedded = ClassDecision([Mark(.dhcp, points: 6), Mark(.syn, points: 6)])
    let alittle = ClassDecision([Mark(.dhcp, points: -4)])
    let personal = ClassDecision([Mark(.syn, points: -12)])
    #expect(DeviceClass.embedded.kept(with: nothing, isRecent: true) == .embedded)
    #expect(DeviceClass.embedded.kept(with: nothing, isRecent: false) == .embedded)
    #expect(DeviceClass.embedded.kept(with: alittle, isRecent: true) == .unknown)
    #expect(DeviceClass.embedded.kept(with: personal, isRecent: true) == .personal)
    #expect(DeviceClass.personal.kept(with: embedded, isRecent: true) == .personal)
    #expect(DeviceClass.personal.kept(with: embedded, isRecent: false) == .embedded)
    #expect(DeviceClass.media.kept(with: personal, isRecent: true) == .personal)
    #expect(DeviceClass.unknown.kept(with: embedded, isRecent: true) == .embedded)
  }
}
