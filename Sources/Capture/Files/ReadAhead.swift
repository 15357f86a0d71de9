import Dispatch
import Synchronization

/// Reads a source on a separate thread, a little ahead of its user. With a second processor, waiting for the disk and decompression then
/// cost no time.
final class ReadAhead: @unchecked Sendable {
  // One thread fills slots and the other empties them, in turn; the semaphores pass ownership of a slot.

  /// Bytes read at once.
  static let chunkLength = 256 << 10
  /// Free bytes before each chunk, for the unused rest of the chunk before it.
  static let headroom = 64 << 10
  static let capacity = headroom + chunkLength
  /// Sources read ahead at once; more threads would only wait for each other.
  private static let limit = 4
  private static let running = Atomic<Int>(0)

  private struct Slot {
    var memory: UnsafeMutableRawBufferPointer = .allocate(byteCount: capacity, alignment: 16)
    var outcome: Result<Int, CaptureError> = .success(0)
  }

  private let source: ByteSource
  private static let slotCount = 2
  /// Not an array: two threads must not change one at once, even in different elements.
  private let slots: UnsafeMutablePointer<Slot>
  private var next = 0
  /// The end of the source, once `take` has returned it.
  private var ending: Result<Int, CaptureError>?
  private let filled = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 0)
  private let isCancelled = Atomic<Bool>(false)

  private init(_ source: ByteSource) {
    self.source = source
    slots = .allocate(capacity: Self.slotCount)
    for index in 0..<Self.slotCount { (slots + index).initialize(to: Slot()) }
    // Signalled instead of passed as the initial value: a semaphore traps if it is destroyed below its initial value.
    for _ in 0..<Self.slotCount { emptied.signal() }
  }

  deinit {
    for index in 0..<Self.slotCount { slots[index].memory.deallocate() }
    slots.deinitialize(count: Self.slotCount)
    slots.deallocate()
  }

  /// Starts to read, and takes over the source; nil if `limit` sources are read already.
  static func begin(_ source: ByteSource) -> ReadAhead? {
    guard running.add(1, ordering: .relaxed).newValue <= limit else {
      running.subtract(1, ordering: .relaxed)
      return nil
    }
    let reader = ReadAhead(source)
    DispatchQueue(label: "read ahead").async { reader.run() }
    return reader
  }

  private func run() {
    defer { Self.running.subtract(1, ordering: .relaxed) }
    var turn = 0
    while true {
      emptied.wait()
      if isCancelled.load(ordering: .relaxed) { return }
      let chunk = UnsafeMutableRawBufferPointer(rebasing: slots[turn].memory[Self.headroom...])
      let outcome = Result { () throws(CaptureError) in try source.read(into: chunk) }
      slots[turn].outcome = outcome
      filled.signal()
      guard case .success(1...) = outcome else { return }
      turn = 1 - turn
    }
  }

  /// Waits for the next chunk, and returns the one in `memory` to be filled again.
  ///
  /// - Parameters:
  ///   - memory: becomes the new chunk.
  ///   - used: the part of `memory` still in use; becomes the range of those bytes and the new ones.
  /// - Returns: the number of bytes added; 0 at the end.
  func take(_ memory: inout UnsafeMutableRawBufferPointer, _ used: inout Range<Int>) throws(CaptureError) -> Int {
    if let ending { return try ending.get() }
    filled.wait()
    let outcome = slots[next].outcome
    guard case .success(let count) = outcome, count > 0 else {
      ending = outcome
      return try outcome.get()
    }
    let rest = UnsafeRawBufferPointer(rebasing: memory[used])
    if rest.count <= Self.headroom {
      used = Self.headroom - rest.count..<Self.headroom + count
      UnsafeMutableRawBufferPointer(rebasing: slots[next].memory[used]).copyMemory(from: rest)
      swap(&memory, &slots[next].memory)
      if slots[next].memory.count != Self.capacity {
        slots[next].memory.deallocate()
        slots[next].memory = .allocate(byteCount: Self.capacity, alignment: 16)
      }
    } else {
      // A record longer than the headroom grows in place.
      let chunk = UnsafeRawBufferPointer(rebasing: slots[next].memory[Self.headroom..<Self.headroom + count])
      memory.reserve(rest.count + count, moving: &used)
      UnsafeMutableRawBufferPointer(rebasing: memory[used.upperBound...]).copyMemory(from: chunk)
      used = used.lowerBound..<used.upperBound + count
    }
    next = 1 - next
    emptied.signal()
    return count
  }

  /// Stops reading. A read that waits for its first byte continues until it arrives.
  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    emptied.signal()
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Moves the used bytes to the front of memory with room for `count` bytes or more.
  mutating func reserve(_ count: Int, moving used: inout Range<Int>) {
    let unused = UnsafeRawBufferPointer(rebasing: self[used])
    if count <= self.count {
      copyMemory(from: unused)
    } else {
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: Swift.max(count, 2 * self.count), alignment: 16)
      larger.copyMemory(from: unused)
      deallocate()
      self = larger
    }
    used = 0..<used.count
  }
}
