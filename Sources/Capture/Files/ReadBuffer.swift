/// A window on a byte source that slides forward and from which records are read in place.
///
/// It holds 1 MiB and grows, up to `Record.lengthLimit`, only where one record needs it.
struct ReadBuffer: ~Copyable {
  static let initialCapacity = 1 << 17

  let source: ByteSource
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0

  init(source: ByteSource) {
    self.source = source
    memory = .allocate(byteCount: Self.initialCapacity, alignment: 16)
  }

  deinit { memory.deallocate() }

  /// Bytes that are here already.
  @inline(__always) var available: Int { end - start }
  /// Where the next byte to be taken stands in the source.
  var offset: UInt64 { source.produced - UInt64(available) }
  /// The next bytes; valid until the next call of `need` or `skip`.
  @inline(__always) var next: UnsafeRawPointer { UnsafeRawPointer(memory.baseAddress!) + start }

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
    start += count
  }

  /// Passes over bytes whether they are here or not; false where the source ends before.
  mutating func skip(_ count: Int) throws(CaptureError) -> Bool {
    var rest = count
    while rest > available {
      rest -= available
      start = end
      guard try fill(1) else { return false }
    }
    start += rest
    return true
  }

  /// An error that names the next record's place, or another.
  @inline(never)
  func error(_ reason: CaptureError.Reason, at place: UInt64? = nil) -> CaptureError {
    CaptureError(path: source.path, offset: place ?? offset, reason: reason)
  }

  @inline(never)
  private mutating func fill(_ count: Int) throws(CaptureError) -> Bool {
    makeRoom(count)
    while available < count {
      let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
      if got == 0 { return false }
      end += got
    }
    return true
  }

  private mutating func makeRoom(_ count: Int) {
    let unused = UnsafeRawBufferPointer(rebasing: memory[start..<end])
    if count <= memory.count {
      memory.copyMemory(from: unused)
    } else {
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 2 * memory.count), alignment: 16)
      larger.copyMemory(from: unused)
      memory.deallocate()
      memory = larger
    }
    end -= start
    start = 0
  }
}
