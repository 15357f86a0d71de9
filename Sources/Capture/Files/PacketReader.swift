import CPrefetch
import Detection

/// Why the delivery of packets stopped.
enum Stop {
  /// There are no more, or an error was thrown.
  case ended
  /// The receiver wanted no more.
  case stopped
  /// Others come first, or it is time for something else.
  case paused
}

/// The state behind `CaptureFile`: a struct, so that a packet costs one check for exclusive access.
///
/// Parses packets itself, or takes them from a thread that reads ahead.
@safe struct PacketReader: ~Copyable {
  /// Packets from the one at hand to the one whose bytes are fetched into this processor's cache: another one has read them.
  private static let prefetchDistance = 8

  let format: CaptureFile.Format
  /// The present packet.
  private(set) var record = Record()
  private var hasEnded = false

  /// Belongs to `ahead` once there is one. Used through a local constant: the compiler takes it for a part of this value otherwise, and
  /// fails in builds for debugging and with the thread sanitizer.
  private let parser: UnsafeMutablePointer<RecordParser>
  private let names: CaptureInterfaces
  private let threads: ReaderThreads?
  private var parsed = PacketTotals()
  /// Bytes received when a thread was last asked for.
  private var lastAsked: UInt64 = 0

  private var ahead: RecordsAhead?
  private var block: UnsafeMutablePointer<RecordsAhead.Block>?
  /// The next record of the block, and the one before which something else is to be done.
  private var position = 0
  private var limit = 0
  private var declarations = 0
  /// Of the interfaces of a pcapng section.
  private var numbers: [UInt16] = []
  private var declared = LinkTypes()

  /// Reads the file's header.
  ///
  /// - Parameter threads: one of which may read ahead; nil if none may.
  init(source: ByteSource, names: CaptureInterfaces, threads: ReaderThreads?) throws(CaptureError) {
    let opened = try RecordParser(source: source, names: names)
    format = opened.pcap == nil ? .pcapng : .pcap
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: opened)
    self.names = names
    self.threads = source.isWaitedFor ? nil : threads
  }

  deinit {
    if let ahead {
      ahead.cancel()
    } else {
      unsafe parser.deinitialize(count: 1)
      unsafe parser.deallocate()
    }
  }

  /// Of the packets read; those read ahead count by the block.
  var totals: PacketTotals { unsafe block?.pointee.totals ?? parsed }

  /// The distinct link types that the file's headers describe so far, in that order.
  var linkTypes: [LinkType] { unsafe ahead == nil ? parser.pointee.linkTypes.list : declared.list }

  /// Reads the next packet; false at the end and after an error.
  @inline(__always)
  mutating func advance() throws(CaptureError) -> Bool {
    if position < limit {
      takeRecord()
      return true
    }
    guard !hasEnded else { return false }
    if let ahead { return try advance(ahead) }
    if let threads, unsafe parser.pointee.buffer.received > max(lastAsked, threads.threshold) {
      lastAsked = unsafe parser.pointee.buffer.received
      if threads.take() { return try advance(readAhead(threads)) }
    }
    let parser = unsafe parser
    hasEnded = true  // stays true if reading throws
    guard try unsafe parser.pointee.next(&record) else { return false }
    hasEnded = false
    parsed.add(record)
    return true
  }

  /// Gives the parser to a thread that was taken.
  private mutating func readAhead(_ threads: ReaderThreads) -> RecordsAhead {
    let parser = unsafe parser
    declared = unsafe parser.pointee.linkTypes
    numbers = unsafe parser.pointee.pcapng.countInterfaces()
    let started = unsafe RecordsAhead(parser, after: record, parsed, threads)
    ahead = started
    return started
  }

  @inline(__always)
  private mutating func takeRecord() {
    guard let block = unsafe block else { return }
    record = unsafe block.pointee.records[position]
    if format == .pcapng { record.interface = numbers[Int(record.interface)] }
    position += 1
    if unsafe position + Self.prefetchDistance < block.pointee.count {
      let bytes = unsafe block.pointee.records[position + Self.prefetchDistance].bytes
      unsafe lenscap_prefetch(bytes)
      unsafe lenscap_prefetch(bytes.map { unsafe $0 + 64 })
    }
  }

  @inline(never)
  private mutating func advance(_ ahead: RecordsAhead) throws(CaptureError) -> Bool {
    while true {
      if let block = unsafe block {
        let known = unsafe block.pointee.declarations
        while declarations < known.count, known[declarations].place == position {
          apply(known[declarations].kind)
          declarations += 1
        }
        limit = unsafe declarations < known.count ? known[declarations].place : block.pointee.count
        if position < limit {
          takeRecord()
          return true
        }
        if let ending = unsafe block.pointee.ending {
          hasEnded = true
          try ending.get()
          return false
        }
      }
      unsafe block = unsafe ahead.next()
      (position, limit, declarations) = (0, 0, 0)
    }
  }

  private mutating func apply(_ declaration: RecordsAhead.Declaration.Kind) {
    switch declaration {
    case .section: numbers.removeAll(keepingCapacity: true)
    case .interface(let name, let linkType):
      numbers.append(names.number(of: name))
      declared.add(linkType)
    }
  }

  /// The bytes of the Ethernet frame that comes `Frame.lookahead` packets later, as far as they are known; empty if not.
  @inline(__always)
  private mutating func upcoming() -> UnsafeRawBufferPointer {
    guard !hasEnded else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let block = unsafe block else {
      let parser = unsafe parser
      return unsafe parser.pointee.upcoming()
    }
    let next = position - 1 + Frame.lookahead
    guard unsafe next < block.pointee.count, unsafe block.pointee.records[next].linkType == .ethernet else {
      return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeRawBufferPointer(start: block.pointee.records[next].bytes, count: Int(block.pointee.records[next].capturedLength))
  }

  /// Passes the packet at hand and those behind it to `body`: until it returns false, up to a time, and not more than `left`, which is
  /// counted down.
  mutating func deliver(
    index: UInt32, upTo limit: Timestamp, atMost left: inout Int, _ body: (borrowing Frame) -> Bool
  ) throws(CaptureError) -> Stop {
    repeat {
      guard withFrame(index: index, body) else { return .stopped }
      left -= 1
      guard try advance() else { return .ended }
    } while left > 0 && record.time <= limit
    return .paused
  }

  /// Mutating only to use the reader in place: borrowing would copy it.
  @inline(__always)
  mutating func withFrame<R: ~Copyable, E: Error>(index: UInt32, _ body: (borrowing Frame) throws(E) -> R) throws(E) -> R {
    // At the end the last packet's bytes are no longer in the buffer.
    let bytes = unsafe UnsafeRawBufferPointer(start: record.bytes, count: hasEnded ? 0 : Int(record.capturedLength))
    let frame = unsafe Frame(
      bytes: bytes.bytes, originalLength: Int(record.originalLength), linkType: record.linkType, time: record.time,
      reference: PacketReference(file: index, number: record.number), interface: record.interface
    ).followed(by: upcoming().bytes)
    return try body(frame)
  }
}
