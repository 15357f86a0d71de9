import Detection

/// Reads the packets of one capture file in order: pcap or pcapng, plain or compressed, from a path or standard input.
///
/// Needs about 1 MiB of memory, 2 MiB where it is read ahead, or more if one packet is larger. Neither allocates nor copies per packet. Not
/// thread-safe.
@safe public final class CaptureFile {
  public enum Format: String, Sendable {
    case pcap, pcapng
  }

  // A constant pointer rather than a variable, because the run-time check for exclusive access to a class's variable costs a third
  // of the time per packet. `isLent` checks instead.
  private let reader: UnsafeMutablePointer<PacketReader>
  private var isLent = false
  private let index: UInt32
  /// The path given by the caller; `-` is standard input.
  public let path: String
  /// Nil if the file is not compressed.
  public let compression: Compression?

  /// Opens a capture and reads its header.
  ///
  /// - Parameters:
  ///   - index: the file's index in the order of reading, for `PacketReference`.
  ///   - interfaces: assigns numbers to the interfaces that the file names.
  ///   - whileWaiting: for a pipe: called on this thread before each wait for input, and ten times a second while none arrives; false ends
  ///     the input. It must not use the file.
  public convenience init(
    path: String, index: UInt32, interfaces: CaptureInterfaces = CaptureInterfaces(), whileWaiting: (() -> Bool)? = nil
  ) throws(CaptureError) {
    try self.init(source: ByteSource(path: path, whileWaiting: whileWaiting), index: index, interfaces: interfaces)
  }

  /// - Parameter threads: one of which may read ahead; nil if none may.
  init(
    source: ByteSource, index: UInt32, interfaces: CaptureInterfaces = CaptureInterfaces(), threads: ReaderThreads? = nil
  ) throws(CaptureError) {
    self.index = index
    path = source.path
    compression = source.compression
    let opened = try PacketReader(source: source, names: interfaces, threads: threads)
    unsafe reader = .allocate(capacity: 1)
    unsafe reader.initialize(to: opened)
  }

  deinit {
    unsafe reader.deinitialize(count: 1)
    unsafe reader.deallocate()
  }

  /// Reads the next packet; false at the end.
  ///
  /// Throws if the file is cut or damaged, after all packets before the damage; from then on returns false.
  public func advance() throws(CaptureError) -> Bool {
    precondition(!isLent, "advance() inside withFrame")
    return try unsafe reader.pointee.advance()
  }

  /// Passes the packet that `advance` read last to `body`; an empty frame if there is none. The frame's bytes are borrowed:
  /// `body` must not call `advance`, which would trap.
  public func withFrame<R: ~Copyable, E: Error>(_ body: (borrowing Frame) throws(E) -> R) throws(E) -> R {
    let wasLent = isLent
    isLent = true
    defer { isLent = wasLent }
    return try unsafe reader.pointee.withFrame(index: index, body)
  }

  /// Passes the packet at hand and those behind it to `body`: until it returns false, up to a time, and not more than `left`, which is
  /// counted down.
  ///
  /// Throws as `advance` does.
  func deliver(
    upTo limit: Timestamp, atMost left: inout Int, _ body: (borrowing Frame) -> Bool
  ) throws(CaptureError) -> Stop {
    precondition(!isLent, "deliver() inside withFrame")
    isLent = true
    defer { isLent = false }
    return try unsafe reader.pointee.deliver(index: index, upTo: limit, atMost: &left, body)
  }

  // MARK: Totals so far

  public var format: Format { unsafe reader.pointee.format }
  /// The current packet's time; for a pcapng Simple Packet Block, which has none, that of the packet before it.
  public var time: Timestamp { unsafe reader.pointee.record.time }
  /// Packets read, including the current one. Where a file is read ahead, this and what follows may count some more.
  public var packets: UInt64 { unsafe reader.pointee.totals.packets }
  /// Bytes of packets in the file, without record headers.
  public var capturedBytes: UInt64 { unsafe reader.pointee.totals.capturedBytes }
  /// Packets that the file holds only in part.
  public var truncatedPackets: UInt64 { unsafe reader.pointee.totals.truncatedPackets }
  /// The earliest time of a packet; nil if no packet had a time.
  public var firstSeen: Timestamp? { unsafe reader.pointee.totals.firstSeen }
  /// The latest time of a packet; nil if no packet had a time.
  public var lastSeen: Timestamp? { unsafe reader.pointee.totals.lastSeen }
  /// The distinct link types that the file's headers describe, in that order, including those without a packet.
  public var linkTypes: [LinkType] { unsafe reader.pointee.linkTypes }
}
