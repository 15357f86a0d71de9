import Detection
import Glibc
import Testing

@testable import Capture

private func run(_ command: String) throws { _ = try compress([], with: ["bash", "-c", command]) }

private let isRequired = getenv("CI").map { String(cString: $0) } == "true"
private let isRoot = geteuid() == 0
private let makesPairs =
  isRoot && (try? run("ip link add lenscap-t7 type veth peer name lenscap-t8 && ip link del lenscap-t7")) != nil

/// As root only: they capture on the loopback interface, and on a veth pair that they make. In continuous integration they must run.
@Suite(.serialized, .enabled(if: isRoot || isRequired, "needs root")) struct LiveCaptureTests {
  @Test func datagramsArriveWithTheirBytes() throws {
    let socket = try LoopbackSocket()
    let capture = try LiveCapture(interface: "lo", filter: "udp dst port \(socket.port)", bufferBytes: 4 << 20)
    #expect(capture.linkType == .ethernet)
    for number in 0..<60 { try socket.sendToItself(Array(repeating: UInt8(number), count: 10 + number)) }
    var seen: [[UInt8]] = []
    var numbers: [UInt64] = []
    var lastTime = Timestamp.zero
    for _ in 0..<50 where seen.count < 60 {
      let before = seen.count
      let count = try capture.poll { frame in
        #expect(frame.originalLength == frame.bytes.byteCount && frame.linkType == .ethernet && frame.time > lastTime)
        lastTime = frame.time
        numbers.append(frame.reference.number)
        seen.append(frame.bytes.withUnsafeBytes { Array($0.dropFirst(14 + 20 + 8)) })
      }
      #expect(count == seen.count - before)
    }
    #expect(seen == (0..<60).map { Array(repeating: UInt8($0), count: 10 + $0) })
    #expect(numbers == Array(1...60))
    #expect(abs(lastTime.nanoseconds / 1_000_000_000 - Int64(time(nil))) < 60)
    // Loopback frames arrive twice; libpcap counts both, but delivers one.
    #expect(capture.statistics.received >= 60 && capture.statistics.droppedByKernel == 0)
  }

  @Test func snapLengthCuts() throws {
    let socket = try LoopbackSocket()
    let capture = try LiveCapture(interface: "lo", filter: "udp dst port \(socket.port)", snapLength: 60, bufferBytes: 1 << 20)
    try socket.sendToItself(Array(repeating: 1, count: 500))
    var lengths: [[Int]] = []
    for _ in 0..<20 where lengths.isEmpty {
      _ = try capture.poll { lengths.append([$0.bytes.byteCount, $0.originalLength]) }
    }
    #expect(lengths == [[60, 542]])
  }

  @Test func quietPollReturns() throws {
    let capture = try LiveCapture(interface: "lo", filter: "ether proto 0x1234", bufferBytes: 1 << 20)
    let start = ContinuousClock.now
    #expect(try capture.poll { _ in } == 0)
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func breakLoopFromAnotherThread() throws {
    let capture = try LiveCapture(interface: "lo", filter: "ether proto 0x1234", bufferBytes: 1 << 20)
    let breaker = capture.breaker
    var thread = pthread_t()
    let box = Unmanaged.passRetained(BreakerBox(breaker))
    pthread_create(
      &thread, nil,
      { argument in
        usleep(20_000)
        Unmanaged<BreakerBox>.fromOpaque(argument!).takeRetainedValue().breaker.breakLoop()
        return nil
      }, box.toOpaque())
    for _ in 0..<3 { #expect(try capture.poll { _ in } == 0) }
    pthread_join(thread, nil)
  }

  @Test func interfacesThatCannotBeOpened() throws {
    #expect {
      _ = try LiveCapture(interface: "nonesuch0")
    } throws: { error in
      guard case LiveCaptureError.noSuchInterface("nonesuch0", let known) = error else { return false }
      return known.contains("lo") && "\(error)".contains("lo")
    }
    #expect {
      _ = try LiveCapture(interface: "lo", filter: "udp prot 53")
    } throws: { error in
      guard case LiveCaptureError.badFilter(let filter) = error else { return false }
      return filter.expression == "udp prot 53" && filter.message.contains("syntax error")
    }
  }

  /// A link that goes down and comes back is nothing but quiet meanwhile, as libpcap 1.10 has it; one that is removed is an error.
  @Test(.enabled(if: makesPairs || isRequired, "needs veth pairs")) func interfaceGoesDownAndAway() throws {
    try run("ip link add lenscap-t0 type veth peer name lenscap-t1")
    defer { try? run("ip link del lenscap-t0 2>/dev/null || true") }
    #expect(throws: LiveCaptureError.interfaceDown("lenscap-t0")) {
      try LiveCapture(interface: "lenscap-t0", bufferBytes: 1 << 20)
    }
    try run("ip link set lenscap-t0 up; ip link set lenscap-t1 up")
    let capture = try LiveCapture(interface: "lenscap-t0", bufferBytes: 1 << 20)
    try run("ip link set lenscap-t0 down")
    for _ in 0..<3 { _ = try capture.poll { _ in } }
    #expect(try capture.poll { _ in } == 0)
    try run("ip link set lenscap-t0 up")
    if access("/proc/net/if_inet6", F_OK) == 0 {  // then the system itself sends neighbour solicitations
      var packets = 0
      for _ in 0..<50 where packets == 0 { packets += try capture.poll { _ in } }
      #expect(packets > 0)
    }
    try run("ip link del lenscap-t0")
    #expect(throws: LiveCaptureError.interfaceGone("lenscap-t0")) { for _ in 0..<20 { _ = try capture.poll { _ in } } }
  }

  /// Removed and made again, renamed, down and up: the other interface goes on, and numbers and counts with it.
  @Test(.enabled(if: makesPairs || isRequired, "needs veth pairs")) func interfacesAreFollowed() throws {
    let makePair = "ip link add lenscap-t2 type veth peer name lenscap-t3 && ip link set lenscap-t2 up && ip link set lenscap-t3 up"
    try run(makePair)
    defer { try? run("ip link del lenscap-t3 2>/dev/null || true") }
    let socket = try LoopbackSocket()
    let captures = try LiveCaptures(
      ["lo", "lenscap-t2", "lenscap-t9"], options: CaptureOptions(filter: "udp dst port \(socket.port)", bufferBytes: 6 << 20))
    #expect(captures.away == ["lenscap-t9"] && captures.summary == "lo (ethernet), lenscap-t2 (ethernet)")
    var notices = captures.drainNotices()
    #expect(notices.count == 1 && notices.allSatisfy { $0.interface == "lenscap-t9" })

    var numbers: [UInt64] = []
    func poll(until condition: () -> Bool) throws {
      for _ in 0..<100 where !condition() {
        try socket.sendToItself([1, 2, 3])
        _ = captures.poll { numbers.append($0.reference.number) }
        notices += captures.drainNotices()
      }
      #expect(condition())
    }
    func told(_ interface: String, _ kind: HealthNotice.Kind) -> Bool { notices.contains { $0.interface == interface && $0.kind == kind } }

    try run("ip link set lenscap-t2 down")
    try poll { told("lenscap-t2", .linkDown) }
    try run("ip link set lenscap-t2 name lenscap-t4; ip link set lenscap-t4 up")
    try poll { told("lenscap-t4", .renamed(from: "lenscap-t2")) && captures.away == ["lenscap-t9"] }
    try run("ip link del lenscap-t4")
    try poll { told("lenscap-t4", .away(.interfaceGone("lenscap-t4"))) }
    #expect(captures.away == ["lenscap-t4", "lenscap-t9"])
    // Found by its original name, because its last name is gone.
    try run(makePair)
    try poll { captures.away == ["lenscap-t9"] }
    #expect(
      notices.contains {
        if case .opened(.ethernet, .ethernet, let away) = $0.kind { away > .zero && $0.interface == "lenscap-t2" } else { false }
      })
    try poll { numbers.count > 20 }
    #expect(numbers == Array(1...UInt64(numbers.count)))
    #expect(captures.statistics.received >= UInt64(numbers.count))
  }

  @Test func noInterfaceCanBeOpened() {
    #expect {
      _ = try LiveCaptures(["nonesuch0", "nonesuch1"], options: CaptureOptions())
    } throws: { error in
      if case LiveCaptureError.noSuchInterface("nonesuch0", _) = error { true } else { false }
    }
  }
}

@Suite struct LiveCaptureValueTests {
  @Test func retryDelaysGrow() throws {
    var retry = Retry()
    var now = ContinuousClock.now
    #expect(retry.isDue(at: now))
    var pauses: [Duration] = []
    for _ in 0..<7 {
      retry.failed(at: now)
      let due = try #require(retry.due)
      #expect(!retry.isDue(at: now) && retry.isDue(at: due))
      pauses.append(due - now)
      now = due
    }
    #expect(pauses == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    retry.reset()
    #expect(retry.isDue(at: now))
  }

  /// Reported the first time, then at most once an hour.
  @Test func dropsAreReportedHourly() {
    var watch = DropReporter()
    let start = ContinuousClock.now
    func told(_ received: UInt64, _ kernel: UInt64, _ interface: UInt64, _ seconds: Int) -> Drops? {
      watch.drops(
        CaptureStatistics(received: received, droppedByKernel: kernel, droppedByInterface: interface), at: start + .seconds(seconds))
    }
    #expect(told(1000, 0, 0, 0) == nil)
    let first = told(2000, 90, 10, 10)
    #expect(first == Drops(received: 2000, byKernel: 90, byInterface: 10))
    #expect(first.map { abs($0.part - 100.0 / 2010) < 1e-9 } == true)
    #expect(told(3000, 500, 10, 20) == nil)
    #expect(told(4000, 500, 10, 3700) == Drops(received: 2000, byKernel: 410, byInterface: 0))
    #expect(told(9000, 500, 10, 9000) == nil)
  }

  /// A loose plug: twenty notices an hour, then the final state.
  @Test func flappingIsDamped() {
    var damper = FlapDamper()
    let start = ContinuousClock.now
    func notice(_ second: Int) -> HealthNotice {
      HealthNotice(
        time: Timestamp(seconds: Int64(second), nanoseconds: 0), interface: "eth1", kind: second % 2 == 0 ? .noCarrier : .linkUp)
    }
    var told: [Int] = []
    for second in 0..<100 where damper.admits(notice(second), at: start + .seconds(second)) { told.append(second) }
    #expect(told == Array(0..<20))
    let early = damper.takeHeld(at: start + .seconds(500))
    let held = damper.takeHeld(at: start + .seconds(800))
    let again = damper.takeHeld(at: start + .seconds(900))
    let suppressed = HealthNotice(time: notice(99).time, interface: "eth1", kind: .suppressed(79))
    #expect(early == [] && held == [suppressed, notice(99)] && again == [])
    let drops = HealthNotice(time: .zero, interface: "eth1", kind: .dropped(Drops(received: 2, byKernel: 1, byInterface: 0)))
    let (dropsAreTold, othersAreNot) = (
      damper.admits(drops, at: start + .seconds(901)), damper.admits(notice(901), at: start + .seconds(901))
    )
    #expect(dropsAreTold && !othersAreNot)
    let later = damper.admits(notice(3700), at: start + .seconds(3700))
    #expect(later)
  }

  /// Counters wrap at 32 bits, and fall to zero when an interface is renamed.
  @Test func countersAreSummed() {
    var accumulator = StatisticsAccumulator()
    accumulator.add(received: 0xFFFF_FFF0, droppedByKernel: 5, droppedByInterface: 1000)
    accumulator.add(received: 0x10, droppedByKernel: 7, droppedByInterface: 0)
    accumulator.add(received: 0x20, droppedByKernel: 7, droppedByInterface: 4)
    #expect(accumulator.total.received == 0x1_0000_0020)
    #expect(accumulator.total.droppedByKernel == 7 && accumulator.total.droppedByInterface == 1004)
  }
}

private final class BreakerBox {
  let breaker: LiveCapture.Breaker
  init(_ breaker: LiveCapture.Breaker) { self.breaker = breaker }
}

/// A UDP socket on 127.0.0.1 that sends to its own port.
private final class LoopbackSocket {
  private let descriptor: Int32
  let port: UInt16

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) | connect(descriptor, $0, length)
      }
    }
    try #require(result == 0)
    port = UInt16(bigEndian: address.sin_port)
  }

  func sendToItself(_ bytes: [UInt8]) throws { try #require(send(descriptor, bytes, bytes.count, 0) == bytes.count) }

  deinit { close(descriptor) }
}
