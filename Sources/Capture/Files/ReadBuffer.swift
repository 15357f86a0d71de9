/// A sliding window on a byte source. Records are read in place.
///
/// Grows, up to `Record.lengthLimit`, only if a record needs it.
struct ReadBuffer: ~Copyable {
  /// Bytes after which a compressed source is decompressed ahead: it will probably have many more. For plain files a second thread gains
  /// nothing over the kernel's own read-ahead.
  static let readAheadThreshold: UInt64 = 4 << 20

  let source: ByteSource
  private var memory: UnsafeMutableRawBufferPointer
  /// The part of memory with bytes not yet consumed.
  private var used = 0..<0
  /// Bytes received from the source.
  private var received: UInt64 = 0
  private var ahead: ReadAhead?
  private var mayReadAhead: Bool

  init(source: ByteSource) {
    self.source = source
    mayReadAhead = source.compression != nil && !source.isWaitedFor
    memory = .allocate(byteCount: ReadAhead.capacity, alignment: 16)
  }

  deinit {
    ahead?.cancel()
    memory.deallocate()
  }

  /// Bytes in memory that are not yet consumed.
  @inline(__always) var available: Int { used.count }
  /// The offset of the next byte in the source.
  var offset: UInt64 { received - UInt64(available) }
  @inline(__always) var consumed: Int { Int(received) - available }
  /// The next bytes; valid until the next call of `need` or `skip`.
  @inline(__always) var next: UnsafeRawPointer { UnsafeRawPointer(memory.baseAddress!) + used.lowerBound }

  /// Reads until `count` bytes are available; false if the source ends before.
  @inline(__always)
  mutating func need(_ count: Int) throws(CaptureError) -> Bool {
    if available >= count { return true }
    return try fill(count)
  }

  /// Skips bytes in memory.
  @inline(__always)
  mutating func take(_ count: Int) {
    assert(count <= available)
    used = used.lowerBound + count..<used.upperBound
  }

  /// Skips bytes, reading them if necessary; false if the source ends before.
  mutating func skip(_ count: Int) throws(CaptureError) -> Bool {
    var rest = count
    while rest > available {
      rest -= available
      take(available)
      guard try fill(1) else { return false }
    }
    take(rest)
    return true
  }

  /// An error at the start of the next record, or at another offset.
  @inline(never)
  func error(_ reason: CaptureError.Reason, at place: UInt64? = nil) -> CaptureError {
    CaptureError(path: source.path, offset: place ?? offset, reason: reason)
  }

  @inline(never)
  private mutating func fill(_ count: Int) throws(CaptureError) -> Bool {
    while available < count {
      let got = if let ahead { try ahead.take(&memory, &used) } else { try read(count) }
      if got == 0 { return false }
      received += UInt64(got)
    }
    return true
  }

  private mutating func read(_ count: Int) throws(CaptureError) -> Int {
    if received >= Self.readAheadThreshold, mayReadAhead {
      mayReadAhead = false
      ahead = ReadAhead.begin(source)
      if let ahead { return try ahead.take(&memory, &used) }
    }
    memory.reserve(count, moving: &used)
    let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[used.upperBound...]))
    used = used.lowerBound..<used.upperBound + got
    return got
  }
}
