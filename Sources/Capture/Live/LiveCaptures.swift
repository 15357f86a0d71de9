import CPcap
import Detection
import Glibc

/// Captures on several interfaces, and numbers their packets together. Not thread-safe.
///
/// If an interface goes away, the others continue, and it is opened again when it returns. `drainNotices` reports that, the traffic that
/// each interface receives, and lost packets.
public final class LiveCaptures {
  /// Time between two checks of the interfaces.
  private static let checkPeriod = Duration.seconds(1)
  /// Checks between two reads of the kernel's counters.
  private static let checksPerStatistics = 10
  /// Checks between two reads of the machine's own addresses, which may change on a router.
  private static let checksPerAddresses = 60
  /// Packets may take this long through the kernel's ring. When nothing arrives, the packet time is certain only up to this margin.
  private static let quietMargin = Duration.seconds(2)

  private let interfaces: [WatchedInterface]
  private let names: CaptureInterfaces
  /// The interface numbers of frames, one for each interface.
  private let numbers: [UInt16]
  /// The interface numbers for `any`, by the system's index.
  private var numbersOfIndexes: [UInt32: UInt16] = [:]
  private var packets: UInt64 = 0
  private var nextCheck = ContinuousClock.now
  private var checks = 0
  private var health: TrafficHealth
  /// The machine's own addresses, for each interface.
  private var machine: [MachineAddresses]
  private var notices: [HealthNotice] = []
  private var dampers: [FlapDamper]

  /// Starts to capture. Waits for interfaces that are absent or down, if at least one can be read. Throws if none can, or if one refuses
  /// access or does not support the options.
  ///
  /// - Parameters:
  ///   - options: the buffer is shared among the interfaces.
  ///   - interfaces: assigns numbers to the names.
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
        report(number, [interface.lose(error, at: .now)])
      }
    }
    if let absence, away.count == interfaces.count { throw absence }
    readAddresses()
  }

  /// The time that has certainly passed when nothing arrives.
  public static var quietTime: Timestamp { .now - quietMargin }

  /// Delivers the packets that have arrived, waiting at most about 100 ms for the first, and returns their number. The frames' bytes are
  /// borrowed. Packets of different interfaces may be out of order by up to such a wait.
  public func poll(_ body: (borrowing Frame) -> Void) -> Int {
    let now = ContinuousClock.now
    if now >= nextCheck { check(now) }
    LiveCapture.wait(for: interfaces.compactMap(\.capture))
    let before = packets
    for (number, interface) in interfaces.enumerated() {
      guard let capture = interface.capture else { continue }
      do throws(LiveCaptureError) {
        _ = try capture.takeArrived { frame in
          packets += 1
          if health.wantsFrame(of: number, at: frame.time) {
            health.add(FrameClass(frame, to: machine[number]), on: number, at: frame.time)
          }
          body(
            Frame(
              bytes: frame.bytes, originalLength: frame.originalLength, linkType: frame.linkType, time: frame.time,
              reference: PacketReference(file: 0, number: packets), interface: self.number(of: frame, on: number)))
        }
      } catch {
        report(number, interface.failed(error, at: now))
      }
    }
    health.advance(to: Self.quietTime)
    return Int(packets - before)
  }

  /// The number of the interface that a frame arrived on. It belongs to the name given by the caller, even if the interface is renamed. For
  /// `any`, the frame itself names the interface (LINKTYPE_LINUX_SLL2).
  private func number(of frame: borrowing Frame, on interface: Int) -> UInt16 {
    guard frame.linkType == .linuxSLL2, frame.bytes.byteCount >= 8 else { return numbers[interface] }
    let index = frame.bytes.u32(4)
    if let known = numbersOfIndexes[index] { return known }
    let number = NetworkLink.name(of: index).map { names.number(of: $0) } ?? numbers[interface]
    if numbersOfIndexes.count < Int(UInt16.max) { numbersOfIndexes[index] = number }
    return number
  }

  private func check(_ now: ContinuousClock.Instant) {
    nextCheck = now + Self.checkPeriod
    checks += 1
    for (number, interface) in interfaces.enumerated() {
      report(number, interface.check(at: now))
      if checks % Self.checksPerStatistics == 0, let drops = interface.newDrops(at: now) { report(number, [drops]) }
    }
    if checks % Self.checksPerAddresses == 0 { readAddresses() }
  }

  private func readAddresses() {
    let all = NetworkInterface.all()
    guard !all.isEmpty else { return }
    machine = interfaces.map { MachineAddresses(of: $0.name, among: all) }
  }

  /// Notices since the last call, sorted by time. Those about flapping interfaces are limited.
  public func drainNotices() -> [HealthNotice] {
    notices += health.drainNotices()
    defer { notices.removeAll() }
    let now = ContinuousClock.now
    let admitted = notices.sorted { $0.time < $1.time }.filter { notice in
      guard let number = interfaces.firstIndex(where: { $0.name == notice.interface }) else { return true }
      return dampers[number].admits(notice, at: now)
    }
    return admitted + dampers.indices.flatMap { dampers[$0].takeHeld(at: now) }
  }

  private func report(_ number: Int, _ kinds: [HealthNotice.Kind]) {
    let name = interfaces[number].name
    for kind in kinds {
      notices.append(HealthNotice(time: .now, interface: name, kind: kind))
      switch kind {
      case .away: health.closed(number)
      case .opened:
        readAddresses()
        health.opened(number, as: name, at: .now)
      case .renamed:
        readAddresses()
        health.renamed(number, to: name)
      default: break
      }
    }
  }

  /// Totals since the start, over all reopenings.
  public var statistics: CaptureStatistics { interfaces.reduce(CaptureStatistics()) { $0 + $1.statistics } }

  /// Link addresses of the interfaces.
  public var ownAddresses: Set<MACAddress> { Set(machine.map(\.mac).filter { !$0.isNone }) }

  /// Interfaces that cannot be read at this moment.
  public var away: [String] { interfaces.filter { $0.capture == nil }.map(\.name) }

  /// `eth1 (ethernet), tun0 (raw ip)`, the interfaces that can be read.
  public var summary: String {
    interfaces.compactMap { interface in interface.capture.map { "\(interface.name) (\($0.linkType.name))" } }.joined(separator: ", ")
  }
}
