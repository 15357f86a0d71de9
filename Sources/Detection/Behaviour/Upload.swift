/// An upload: seconds in which one address sends to another over one transport, whatever the ports. A camera that puts its video in
/// segments opens a connection for each.
///
/// It runs from one active second to the last one, with holes of a few seconds.
struct Upload {
  /// Payload in a second that makes it an active one.
  static let activeBytes = 2000
  /// Seconds in a row that may be inactive.
  static let holes: Int64 = 3
  /// Conversations of which an upload remembers that they belong to it.
  static let flowLimit = 16

  // What is reported at all: one-way upload by its bytes. What it says about a device is for signatures to decide.
  static let seconds: Int64 = 5
  static let bytes: UInt64 = 100_000
  static let share = 75.0
  static let packets: UInt32 = 20
  /// An upload that lasts is reported after a minute, and then every five.
  static let longSeconds: Int64 = 60
  static let repeatSeconds: Int64 = 300

  /// Different for each upload.
  let id: UInt32
  /// The lower one of the two address numbers sends.
  let isFromLow: Bool
  /// Both addresses are on the LAN.
  let isLocal: Bool
  let device: Station
  let peer: IPAddress
  /// The packet with which it became an upload, and the time of the first one in that second.
  let packet: PacketReference
  let start: Timestamp
  /// The message from outside before it.
  let knock: Knock?

  /// Bytes of the second at hand.
  private var up: UInt64 = 0
  private var down: UInt64 = 0
  /// In the seconds since the last active one.
  private var laterUp: UInt64 = 0
  private var laterDown: UInt64 = 0
  private(set) var sent: UInt64 = 0
  private(set) var received: UInt64 = 0
  private(set) var packets: UInt32 = 0
  private(set) var first: Int64
  private(set) var last: Int64
  private(set) var clock: FrameClock?
  /// Numbers of its conversations, the first ones.
  var flows: [UInt32] = []
  private(set) var reports = 0
  private var reportedAt: Int64?
  private var reportedClock = false

  init(
    id: UInt32, isFromLow: Bool, isLocal: Bool, device: Station, peer: IPAddress, packet: PacketReference, start: Timestamp,
    second: Int64, knock: Knock?
  ) {
    self.id = id
    self.isFromLow = isFromLow
    self.isLocal = isLocal
    self.device = device
    self.peer = peer
    self.packet = packet
    self.start = start
    self.knock = knock
    first = second
    last = second
  }

  /// Bytes that a conversation had in this second when it turned out to belong to the upload.
  mutating func credit(up: UInt64, down: UInt64) {
    self.up += up
    self.down += down
    // Full ones, and the one at hand.
    packets &+= UInt32(truncatingIfNeeded: up / 1500 + 1)
  }

  /// A packet of the sender with payload.
  mutating func addSent(_ length: Int, at time: Timestamp) {
    up += UInt64(length)
    packets &+= 1
    clock?.add(length, at: time)
  }

  mutating func addReceived(_ length: Int) { down += UInt64(length) }

  var duration: Int64 { last - first + 1 }
  var sharePercent: Double { sent == 0 ? 0 : Double(sent) * 100 / Double(sent + received) }

  private var isReportable: Bool {
    duration >= Self.seconds && sent >= Self.bytes && packets >= Self.packets && sharePercent >= Self.share
  }

  enum Outcome {
    case goesOn, report, ends
    /// The other side sends most.
    case isReversed
  }

  /// A second is over.
  mutating func endSecond(_ second: Int64) -> Outcome {
    laterUp += up
    laterDown += down
    if up >= UInt64(Self.activeBytes) {
      last = second
      sent += laterUp
      received += laterDown
      (laterUp, laterDown) = (0, 0)
    }
    (up, down) = (0, 0)
    if second - last > Self.holes { return .ends }
    if isLocal, received > sent, reportedAt == nil { return .isReversed }
    let next = Timestamp(seconds: second + 1, nanoseconds: 0)
    if sharePercent >= Self.share { clock?.endWindow(at: next) } else { clock?.dropWindow(at: next) }
    if clock == nil { clock = FrameClock(at: next) }
    return isDue(at: second) ? .report : .goesOn
  }

  private mutating func isDue(at second: Int64) -> Bool {
    guard second == last, isReportable else { return false }
    let hasClock = clock?.reading.hertz != nil
    let isDue: Bool
    if let reportedAt {
      let isLong = duration >= Self.longSeconds
      let wasLong = reportedAt - first + 1 >= Self.longSeconds
      isDue = hasClock && !reportedClock || isLong && !wasLong || wasLong && second - reportedAt >= Self.repeatSeconds
    } else {
      isDue = true
    }
    guard isDue else { return false }
    reportedAt = second
    reports += 1
    if hasClock { reportedClock = true }
    return true
  }

  /// It is over, and with it its last window.
  /// - Returns: worth a report.
  mutating func end() -> Bool {
    clock?.endWindow(at: Timestamp(seconds: last + 1, nanoseconds: 0), isLast: true)
    guard reports > 0 || isReportable else { return false }
    reports += 1
    return true
  }
}

/// A message from outside to a device that had not just asked for it.
struct Knock: Sendable, Equatable {
  /// Time from it to the upload.
  let lag: Nanoseconds
}

/// An upload as it is at one moment.
struct UploadReport: Sendable {
  let device: Station
  let peer: IPAddress
  let isTCP: Bool
  let isLocal: Bool
  /// The first report of this upload.
  let isFirst: Bool
  /// The upload is over; because the input is, it may go on.
  let isEnd: Bool
  let isCut: Bool
  let start: Timestamp
  let time: Timestamp
  let seconds: Int64
  let sent: UInt64
  let received: UInt64
  let packets: UInt32
  let clock: FrameClock.Reading?
  let knock: Knock?
  let packet: PacketReference

  init(_ upload: Upload, isTCP: Bool, isFirst: Bool, isEnd: Bool, isCut: Bool = false, at time: Timestamp) {
    device = upload.device
    peer = upload.peer
    self.isTCP = isTCP
    isLocal = upload.isLocal
    self.isFirst = isFirst
    self.isEnd = isEnd
    self.isCut = isCut
    start = upload.start
    self.time = time
    seconds = upload.duration
    sent = upload.sent
    received = upload.received
    packets = upload.packets
    clock = upload.clock?.reading
    knock = upload.knock
    packet = upload.packet
  }

  var share: Double { Double(sent) * 100 / Double(sent + received) }
  /// Kilobytes of 1,000 bytes in a second.
  var rate: Double { Double(sent) / 1000 / Double(seconds) }
}
