import Dispatch
import Glibc

/// Files on a thread of its own what the dispatcher hands over. Everything is filed in the order of the packets, as on one thread: nothing
/// of what is filed changes what is handed over.
@safe final class FilingThread: @unchecked Sendable {
  // Blocks are filled on one thread and emptied on the other, in turn; the semaphores pass ownership of a block.

  /// Sightings in a block: to wake a thread takes as long as to file dozens of them.
  private static let blockSize = 1024
  private static let blockCount = 6
  /// Events in a block, up to those of a packet more: a few packets may bring as many as all others.
  private static let eventLimit = 4096
  /// As that of a main thread.
  private static let stackSize = 8 << 20

  private let blocks: UnsafeMutablePointer<Handover>
  private let file: (inout Handover) -> Void
  private let filled = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  /// Of the thread that fills.
  private var filling = 0

  /// Nil where the system allows no more threads.
  ///
  /// - Parameter file: files what is in a block, and empties it. Called on the other thread.
  init?(_ file: @escaping (inout Handover) -> Void) {
    self.file = file
    unsafe blocks = .allocate(capacity: Self.blockCount)
    for index in 0..<Self.blockCount { unsafe (blocks + index).initialize(to: Handover(capacity: Self.blockSize + 64)) }
    // Signalled instead of passed as the initial value: a semaphore traps if it is destroyed below its initial value.
    for _ in 1..<Self.blockCount { emptied.signal() }
    if !start() { return nil }
  }

  deinit {
    unsafe blocks.deinitialize(count: Self.blockCount)
    unsafe blocks.deallocate()
  }

  private func start() -> Bool {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, Self.stackSize)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { unsafe pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let retained = unsafe Unmanaged.passRetained(self)
    let status = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        unsafe Unmanaged<FilingThread>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, retained.toOpaque())
    if status != 0 { unsafe retained.release() }
    return status == 0
  }

  private func run() {
    var emptying = 0
    while true {
      filled.wait()
      let isLast = unsafe blocks[emptying].isLast
      unsafe file(&blocks[emptying])
      if isLast { break }
      emptied.signal()
      emptying = (emptying + 1) % Self.blockCount
    }
    ended.signal()
  }

  // MARK: The thread that fills

  /// Fills the block at hand.
  @inline(__always)
  func fill(_ body: (inout Handover) -> Void) {
    let block = unsafe blocks + filling
    unsafe body(&block.pointee)
    if unsafe block.pointee.count >= Self.blockSize || block.pointee.events.count >= Self.eventLimit { handOver() }
  }

  @inline(never)
  private func handOver() {
    filled.signal()
    emptied.wait()
    filling = (filling + 1) % Self.blockCount
  }

  /// Hands over the rest, and waits until all is filed. To be called once, as the last.
  func end() {
    unsafe blocks[filling].isLast = true
    filled.signal()
    ended.wait()
  }
}
