import CPcap
import Detection

/// A filter expression in tcpdump's language (pcap-filter(7)), compiled for one link type and run on frames in this process.
public final class PacketFilter {
  public let expression: String
  public let linkType: LinkType
  private let program: BPFProgram

  /// Throws if libpcap does not understand the expression, or it cannot apply to the link.
  public init(_ expression: String, linkType: LinkType) throws(PacketFilterError) {
    self.expression = expression
    self.linkType = linkType
    guard let dead = unsafe pcap_open_dead(linkType.dlt, Self.snapLength) else {
      throw PacketFilterError(expression: expression, message: "out of memory")
    }
    program = try unsafe BPFProgram(expression, for: PcapHandle(owning: dead))
  }

  /// The value that the program returns for a match; any number but zero would work.
  private static let snapLength: Int32 = 262_144

  /// True if the frame, which must have this filter's link type, matches. Bytes missing from a cut frame never match.
  public func matches(_ frame: borrowing Frame) -> Bool {
    unsafe frame.bytes.withUnsafeBytes { bytes in
      var header = pcap_pkthdr()
      header.caplen = UInt32(clamping: bytes.count)
      header.len = UInt32(clamping: frame.originalLength)
      guard let start = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return false }
      return unsafe pcap_offline_filter(program.pointer, &header, start) != 0
    }
  }
}

/// A filter expression that could not be compiled.
public struct PacketFilterError: Error, Equatable, Sendable, CustomStringConvertible {
  public let expression: String
  /// libpcap's message.
  public let message: String

  public var description: String { "filter \"\(expression)\": \(message)" }
}

/// Owns a compiled filter.
@safe final class BPFProgram {
  let pointer: UnsafeMutablePointer<bpf_program>

  init(_ expression: String, for handle: PcapHandle) throws(PacketFilterError) {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: bpf_program())
    guard unsafe pcap_compile(handle.pointer, pointer, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
      throw PacketFilterError(expression: expression, message: handle.message)
    }
  }

  deinit {
    unsafe pcap_freecode(pointer)
    unsafe pointer.deallocate()
  }
}
