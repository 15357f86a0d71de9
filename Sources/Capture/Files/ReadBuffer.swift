/// A sliding window on a byte source. Records are read in place.
///
/// Grows, up to `Record.lengthLimit`, only if a record needs it.
@safe struct ReadBuffer: ~Copyable {
  /// Bytes read at once.
  static let capacity = 256 << 10

  let source: ByteSource
  private var memory: UnsafeMutableRawBufferPointer
  /// The part of memory with bytes not yet consumed.
  private var used = 0..<0
  /// Bytes received from the source.
  private(set) var received: UInt64 = 0
  /// Takes the records before memory is used again; nil if they were used already, on this thread.
  var ahead: RecordsAhead?

  init(source: ByteSource) {
    self.source = source
    unsafe memory = .allocate(byteCount: Self.capacity, alignment: 16)
  }

  deinit { unsafe memory.deallocate() }

  /// Bytes in memory that are not yet consumed.
  @inline(__always) var available: Int { used.count }
  /// The offset of the next byte in the source.
  var offset: UInt64 { received - UInt64(available) }
  @inline(__always) var consumed: Int { Int(received) - available }
  /// The next bytes; valid until the next call of `need` or `skip`.
  @inline(__always) var next: UnsafeRawPointer { unsafe UnsafeRawPointer(memory.baseAddress!) + used.lowerBound }

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

  /// Hands over the records in memory before it is full.
  @inline(never)
  mutating func handOver() { _ = unsafe ahead?.handOver(&memory, &used) }

  @inline(never)
  private mutating func fill(_ count: Int) throws(CaptureError) -> Bool {
    while available < count {
      if let ahead, unsafe !ahead.handOver(&memory, &used) { return false }
      reserve(count)
      // No more than the record needs: then what is behind a large one is not moved by as much.
      let end = unsafe min(memory.count, max(count, Self.capacity))
      let got = try unsafe source.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[used.upperBound..<end]))
      if got == 0 { return false }
      used = used.lowerBound..<used.upperBound + got
      received += UInt64(got)
    }
    return true
  }

  /// Moves the bytes not yet consumed to the front of memory, and makes room for `count` bytes in all.
  private mutating func reserve(_ count: Int) {
    let unused = unsafe UnsafeRawBufferPointer(rebasing: memory[used])
    if unsafe count <= memory.count {
      unsafe memory.copyMemory(from: unused)
    } else {
      let larger = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 2 * memory.count), alignment: 16)
      unsafe larger.copyMemory(from: unused)
      unsafe memory.deallocate()
      unsafe memory = unsafe larger
    }
    used = 0..<used.count
  }
}
