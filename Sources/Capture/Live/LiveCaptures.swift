import CPcap
import Detection
import Glibc

/// Several interfaces as one: their packets as they arrive, numbered together. For one thread.
///
/// One that goes away does not end this: the others go on, and it is opened again when it is back. `takeNotices` tells of it, of what each
/// interface shows, and of packets that are lost.
public final class LiveCaptures {
  /// How often interfaces are looked after.
  private static let lookPeriod = Duration.seconds(1)
  /// How often the kernel's counters are read, in looks.
  private static let looksPerStatistics = 10
  /// How often the machine's own addresses are asked for, in looks: a router may be given others.
  private static let looksPerAddresses = 60
  /// Packets may still be on their way through the ring for this long: where nothing arrives, time is known no closer.
  private static let quietMargin = Duration.seconds(2)

  private let interfaces: [WatchedInterface]
  private let names: CaptureInterfaces
  /// By which numbers frames of each are told.
  private let numbers: [UInt16]
  /// The same of interfaces that `any` comprises, by the system's index.
  private var numbersOfIndexes: [UInt32: UInt16] = [:]
  private var packets: UInt64 = 0
  private var nextLook = ContinuousClock.now
  private var looks = 0
  private var health: TrafficHealth
  /// As each interface shows them.
  private var machine: [MachineAddresses]
  private var notices: [HealthNotice] = []
  private var dampers: [FlapDamper]

  /// Begins to capture. Interfaces that are not there or not up are waited for, as long as there is one that can be read; throws where there is
  /// none, and where one may not be read or cannot be read as the options say.
  ///
  /// - Parameters:
  ///   - options: the buffer is shared among the interfaces.
  ///   - interfaces: gives numbers to the names.
  public init(
    _ names: [String], options: CaptureOptions, interfaces table: CaptureInterfaces = CaptureInterfaces()
  ) throws(LiveCaptureError) {
    var own = options
    own.bufferBytes /= max(1, names.count)
    self.names = table
    numbers = names.map { table.number(of: $0) }
    interfaces = names.map { WatchedInterface($0, options: own) }
    health = TrafficHealth(names)
    machine = names.map { _ in MachineAddresses() }
    dampers = names.map { _ in FlapDamper() }
    var absence: LiveCaptureError?
    for (number, interface) in interfaces.enumerated() {
      do throws(LiveCaptureError) {
        try interface.open()
        health.opened(number, as: interface.name, at: .now)
      } catch {
        guard error.isAbsence else { throw error }
        absence = absence ?? error
        tell(number, [interface.lose(error, at: .now)])
      }
    }
    if let absence, away.count == interfaces.count { throw absence }
    askForAddresses()
  }

  /// The time that has surely passed when nothing arrives.
  public static var quietTime: Timestamp { .now - quietMargin }

  /// Delivers what has arrived, waiting at most about 100 ms for the first, and says how many. The frames' bytes are borrowed.
  /// Between interfaces the order is that of time only to within such a wait.
  public func poll(_ body: (borrowing Frame) -> Void) -> Int {
    let now = ContinuousClock.now
    if now >= nextLook { look(now) }
    LiveCapture.wait(for: interfaces.compactMap(\.capture))
    let before = packets
    for (number, interface) in interfaces.enumerated() {
      guard let capture = interface.capture else { continue }
      do throws(LiveCaptureError) {
        _ = try capture.takeArrived { frame in
          packets += 1
          if health.wantsFrame(of: number, at: frame.time) {
            health.note(FrameClass(frame, to: machine[number]), on: number, at: frame.time)
          }
          body(
            Frame(
              bytes: frame.bytes, originalLength: frame.originalLength, linkType: frame.linkType, time: frame.time,
              reference: PacketReference(file: 0, number: packets), interface: self.number(of: frame, on: number)))
        }
      } catch {
        tell(number, interface.failed(error, at: now))
      }
    }
    health.advance(to: Self.quietTime)
    return Int(packets - before)
  }

  /// An interface keeps the name that was asked for, also when it is renamed. Of `any`, the frame tells which one it came in on
  /// (LINKTYPE_LINUX_SLL2).
  private func number(of frame: borrowing Frame, on interface: Int) -> UInt16 {
    guard frame.linkType == .linuxSLL2, frame.bytes.byteCount >= 8 else { return numbers[interface] }
    let index = frame.bytes.u32(4)
    if let known = numbersOfIndexes[index] { return known }
    let number = NetworkLink.name(of: index).map { names.number(of: $0) } ?? numbers[interface]
    if numbersOfIndexes.count < Int(UInt16.max) { numbersOfIndexes[index] = number }
    return number
  }

  private func look(_ now: ContinuousClock.Instant) {
    nextLook = now + Self.lookPeriod
    looks += 1
    for (number, interface) in interfaces.enumerated() {
      tell(number, interface.look(at: now))
      if looks % Self.looksPerStatistics == 0, let drops = interface.lookAtDrops(at: now) { tell(number, [drops]) }
    }
    if looks % Self.looksPerAddresses == 0 { askForAddresses() }
  }

  private func askForAddresses() {
    let all = NetworkInterface.all()
    guard !all.isEmpty else { return }
    machine = interfaces.map { MachineAddresses(of: $0.name, among: all) }
  }

  /// What is to be told since the last call, in the order of its time. Of an interface that changes without end not all is.
  public func takeNotices() -> [HealthNotice] {
    notices += health.takeNotices()
    defer { notices.removeAll() }
    let now = ContinuousClock.now
    let admitted = notices.sorted { $0.time < $1.time }.filter { notice in
      guard let number = interfaces.firstIndex(where: { $0.name == notice.interface }) else { return true }
      return dampers[number].admits(notice, at: now)
    }
    return admitted + dampers.indices.compactMap { dampers[$0].takeHeld(at: now) }
  }

  private func tell(_ number: Int, _ kinds: [HealthNotice.Kind]) {
    let name = interfaces[number].name
    for kind in kinds {
      notices.append(HealthNotice(time: .now, interface: name, kind: kind))
      switch kind {
      case .away: health.closed(number)
      case .opened:
        askForAddresses()
        health.opened(number, as: name, at: .now)
      case .renamed:
        askForAddresses()
        health.renamed(number, to: name)
      default: break
      }
    }
  }

  /// Sums of the counts since the capture began, over all reopenings.
  public var statistics: CaptureStatistics { interfaces.reduce(CaptureStatistics()) { $0 + $1.statistics } }

  /// Interfaces that cannot be read at this moment.
  public var away: [String] { interfaces.filter { $0.capture == nil }.map(\.name) }

  /// `eth1 (ethernet), tun0 (raw ip)`, of those that can be read.
  public var summary: String {
    interfaces.compactMap { interface in interface.capture.map { "\(interface.name) (\($0.linkType.name))" } }.joined(separator: ", ")
  }
}
