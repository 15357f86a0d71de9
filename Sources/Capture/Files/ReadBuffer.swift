/// A window on a byte source that slides forward and from which records are read in place.
///
/// It grows, up to `Record.lengthLimit`, only where one record needs it.
struct ReadBuffer: ~Copyable {
  /// A compressed source that gave so many bytes will give more: from there on it is decompressed ahead. Where only the kernel's copies
  /// are at stake, a second thread gains nothing.
  static let readAheadThreshold: UInt64 = 4 << 20

  let source: ByteSource
  private var memory: UnsafeMutableRawBufferPointer
  /// Where in memory the bytes are that were not yet taken.
  private var used = 0..<0
  /// Bytes that came from the source.
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

  /// Bytes that are here already.
  @inline(__always) var available: Int { used.count }
  /// Where the next byte to be taken stands in the source.
  var offset: UInt64 { received - UInt64(available) }
  /// The next bytes; valid until the next call of `need` or `skip`.
  @inline(__always) var next: UnsafeRawPointer { UnsafeRawPointer(memory.baseAddress!) + used.lowerBound }

  /// Whether `count` bytes could be had; false where the source ends before.
  @inline(__always)
  mutating func need(_ count: Int) throws(CaptureError) -> Bool {
    if available >= count { return true }
    return try fill(count)
  }

  /// Passes over bytes that are here.
  @inline(__always)
  mutating func take(_ count: Int) {
    assert(count <= available)
    used = used.lowerBound + count..<used.upperBound
  }

  /// Passes over bytes whether they are here or not; false where the source ends before.
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

  /// An error that names the next record's place, or another.
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
