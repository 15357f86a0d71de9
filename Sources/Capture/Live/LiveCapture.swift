import CPcap
import Detection
import Glibc

/// Captures on one interface through libpcap. Not thread-safe, except for `breaker`.
public final class LiveCapture {
  /// Milliseconds within which packets are delivered. Not immediate mode, in which libpcap gives each packet a slot as long as the snap
  /// length, so that a buffer of 64 MB holds only a thousand.
  static let timeout: Int32 = 100
  /// Packets of one `poll`, so that it returns even on a link that is never quiet.
  static let batch: Int32 = 4096
  /// Polls between two reads of the kernel's counters, often enough before they wrap.
  private static let pollsPerStatistics = 1024

  public let interface: String
  public let linkType: LinkType
  private let handle: PcapHandle
  private let descriptor: Int32
  private let nanosecondsPerFraction: Int64
  private var packets: UInt64 = 0
  private var polls = 0
  private var accumulator = StatisticsAccumulator()

  /// Starts to capture.
  ///
  /// - Parameters:
  ///   - filter: an expression of pcap-filter(7), run in the kernel.
  ///   - snapLength: bytes captured of each packet.
  ///   - bufferBytes: size of the kernel's buffer.
  ///   - promiscuous: capture packets for other stations, too.
  ///   - monitors: capture all frames on the air; the card is disconnected from its network meanwhile.
  public init(
    interface: String, filter: String? = nil, snapLength: Int = 262_144, bufferBytes: Int = 64 << 20, promiscuous: Bool = true,
    monitors: Bool = false
  ) throws(LiveCaptureError) {
    self.interface = interface
    handle = try Self.create(interface)
    let pcap = unsafe handle.pointer
    // These fail only after activation.
    unsafe pcap_set_snaplen(pcap, Int32(clamping: snapLength))
    unsafe pcap_set_promisc(pcap, promiscuous ? 1 : 0)
    unsafe pcap_set_timeout(pcap, Self.timeout)
    unsafe pcap_set_buffer_size(pcap, Int32(clamping: bufferBytes))
    unsafe pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO)  // stays at microseconds if the interface has no better
    if monitors { try Self.setMonitorMode(handle, interface) }
    try Self.activate(handle, interface)
    // With TPACKET_V3, libpcap itself waits forever on a quiet link, whatever the time-out, so `poll` does the waiting.
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    unsafe pcap_setnonblock(pcap, 1, &message)
    descriptor = unsafe pcap_get_selectable_fd(pcap)
    // This link type has the interface of each packet.
    if interface == "any" { unsafe pcap_set_datalink(pcap, LinkType.linuxSLL2.dlt) }
    nanosecondsPerFraction = unsafe pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000
    linkType = unsafe LinkType(dlt: pcap_datalink(pcap))
    if let filter, !filter.isEmpty { try apply(filter) }
  }

  /// Starts to capture with these options.
  public convenience init(interface: String, options: CaptureOptions) throws(LiveCaptureError) {
    try self.init(
      interface: interface, filter: options.filter, snapLength: options.snapLength, bufferBytes: options.bufferBytes,
      promiscuous: options.isPromiscuous, monitors: options.monitors)
  }

  /// Waits until one of these has packets, at most about 100 ms.
  public static func wait(for captures: [LiveCapture]) {
    var waiting = captures.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    _ = unsafe Glibc.poll(&waiting, nfds_t(waiting.count), timeout)  // libpcap sees errors itself
  }

  /// Delivers the packets that have arrived, waiting at most about 100 ms for the first, and returns their number. The frames' bytes are
  /// borrowed.
  ///
  /// Returns after at most a few thousand packets, so that the caller can do other work, and on a signal. Throws if the interface is
  /// removed; the packets before that have been delivered. An interface that goes down is quiet until it comes back.
  public func poll(_ body: (borrowing Frame) -> Void) throws(LiveCaptureError) -> Int {
    Self.wait(for: [self])
    return try takeArrived(body)
  }

  /// Delivers packets like `poll`, without waiting.
  public func takeArrived(_ body: (borrowing Frame) -> Void) throws(LiveCaptureError) -> Int {
    let before = packets
    let result = withoutActuallyEscaping(body) { body in
      var delivery = Delivery(linkType: linkType, nanosecondsPerFraction: nanosecondsPerFraction, packets: packets, body: body)
      let result = unsafe withUnsafeMutablePointer(to: &delivery) { delivery in
        let context = unsafe UnsafeMutableRawPointer(delivery).assumingMemoryBound(to: UInt8.self)
        return unsafe pcap_dispatch(handle.pointer, Self.batch, Delivery.callback, context)
      }
      packets = delivery.packets
      return result
    }
    polls += 1
    if polls % Self.pollsPerStatistics == 0 { readStatistics() }
    guard result >= 0 || result == PCAP_ERROR_BREAK else { throw error(result) }
    return Int(packets - before)
  }

  /// Counts since the capture began.
  public var statistics: CaptureStatistics {
    readStatistics()
    return accumulator.total
  }

  /// Stops a `poll` that delivers packets; one that waits ends by itself. May be used by other threads and signal handlers, and may outlive
  /// the capture.
  public var breaker: Breaker { Breaker(handle: handle) }

  public struct Breaker: Sendable {
    fileprivate let handle: PcapHandle

    public func breakLoop() { unsafe pcap_breakloop(handle.pointer) }
  }

  private func readStatistics() {
    var now = pcap_stat()
    guard unsafe pcap_stats(handle.pointer, &now) == 0 else { return }
    accumulator.add(received: now.ps_recv, droppedByKernel: now.ps_drop, droppedByInterface: now.ps_ifdrop)
  }

  // MARK: Opening

  private static func create(_ interface: String) throws(LiveCaptureError) -> PcapHandle {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    guard let pcap = unsafe pcap_create(interface, &message) else {
      throw unsafe .other(interface: interface, message: message.withUnsafeBufferPointer { unsafe String(cString: $0.baseAddress!) })
    }
    return unsafe PcapHandle(owning: pcap)
  }

  private static func activate(_ handle: PcapHandle, _ interface: String) throws(LiveCaptureError) {
    let code = unsafe pcap_activate(handle.pointer)
    guard code < 0 else { return }  // positive: warnings, such as that an interface has no promiscuous mode
    throw openingError(code, handle, interface)
  }

  private static func setMonitorMode(_ handle: PcapHandle, _ interface: String) throws(LiveCaptureError) {
    switch unsafe pcap_can_set_rfmon(handle.pointer) {
    case 0: throw .noMonitorMode(interface)
    case let code where code < 0: throw openingError(code, handle, interface)
    default: unsafe pcap_set_rfmon(handle.pointer, 1)
    }
  }

  private static func openingError(_ code: Int32, _ handle: PcapHandle, _ interface: String) -> LiveCaptureError {
    switch code {
    case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
      return .noPermission(interface: interface, program: programPath())
    case PCAP_ERROR_RFMON_NOTSUP: return .noMonitorMode(interface)
    case PCAP_ERROR_NO_SUCH_DEVICE: return .noSuchInterface(interface, known: NetworkInterface.all().map(\.name))
    case PCAP_ERROR_IFACE_NOT_UP: return .interfaceDown(interface)
    case PCAP_ERROR: return .other(interface: interface, message: handle.message)
    default: return unsafe .other(interface: interface, message: String(cString: pcap_statustostr(code)))
    }
  }

  private func apply(_ filter: String) throws(LiveCaptureError) {
    do throws(PacketFilterError) {
      let program = try BPFProgram(filter, for: handle)
      guard unsafe pcap_setfilter(handle.pointer, program.pointer) == 0 else {
        throw PacketFilterError(expression: filter, message: handle.message)
      }
    } catch { throw .badFilter(error) }
  }

  /// libpcap has one code for all errors of a running capture; only the message shows the cause.
  private func error(_ code: Int32) -> LiveCaptureError {
    let message = handle.message
    if message.contains("disappeared") { return .interfaceGone(interface) }
    if code == PCAP_ERROR_IFACE_NOT_UP || message.contains("went down") { return .interfaceDown(interface) }
    return .other(interface: interface, message: message)
  }
}

/// The context of libpcap's callback, which makes frames of packets.
private struct Delivery {
  let linkType: LinkType
  let nanosecondsPerFraction: Int64
  var packets: UInt64
  let body: (borrowing Frame) -> Void

  static let callback: pcap_handler = { context, header, bytes in
    guard let context = unsafe context, let header = unsafe header, let bytes = unsafe bytes else { return }
    let delivery = unsafe UnsafeMutableRawPointer(context).assumingMemoryBound(to: Delivery.self)
    unsafe delivery.pointee.packets += 1
    unsafe delivery.pointee.deliver(header.pointee, bytes)
  }

  private func deliver(_ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>) {
    let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(header.caplen))
    let frame = unsafe Frame(
      bytes: raw.bytes, originalLength: Int(header.len), linkType: linkType,
      time: Timestamp(seconds: Int64(header.ts.tv_sec), nanoseconds: Int64(header.ts.tv_usec) * nanosecondsPerFraction),
      reference: PacketReference(file: 0, number: packets))
    body(frame)
  }
}
