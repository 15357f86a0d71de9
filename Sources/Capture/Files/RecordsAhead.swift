import Detection
import Dispatch
import Synchronization

/// Reads, decompresses and parses a capture on a second thread, a little ahead of its user. What it hands over are blocks of the file's
/// bytes with the records in them; nothing but the record that a block ends in is copied.
@safe final class RecordsAhead: @unchecked Sendable {
  // The second thread fills blocks, and the user's empties them, in turn; the semaphores pass ownership of a block. The parser belongs to
  // the second thread from `begin` on, until both have let go of this object.

  /// Blocks in turn: one is filled, one is emptied, and the others wait.
  private static let blockCount = 8
  /// Blocks that are returned at once, a part of all: to wake a thread takes as long as to handle dozens of packets.
  private static let returnedAtOnce = 4
  /// Records in a block. More than a block of ordinary packets has.
  private static let recordLimit = 4096

  /// Bytes of the file in `memory`, and what is in them.
  @safe struct Block {
    /// Nil while the parser's buffer has it.
    fileprivate var memory: UnsafeMutableRawBufferPointer?
    let records = UnsafeMutablePointer<Record>.allocate(capacity: recordLimit)
    fileprivate(set) var count = 0
    fileprivate(set) var declarations: [Declaration] = []
    /// Totals of the file up to the end of this block.
    fileprivate(set) var totals = PacketTotals()
    /// How the file ends; nil if it goes on.
    fileprivate(set) var ending: Result<Void, CaptureError>?
  }

  /// What changes the interfaces that pcapng packets name, at its place among the records: numbers for their names are given by the thread
  /// that uses the packets.
  struct Declaration {
    enum Kind {
      case section
      case interface(name: String, LinkType)
    }

    let kind: Kind
    /// Records of the block before it.
    let place: Int
  }

  private let parser: UnsafeMutablePointer<RecordParser>
  private let threads: ReaderThreads
  /// Not an array: two threads must not change one at once, even in different elements.
  private let blocks: UnsafeMutablePointer<Block>
  private let filled = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 0)
  private let isCancelled = Atomic<Bool>(false)
  /// Of the second thread.
  private var filling = 0
  private var record: Record
  private var totals: PacketTotals
  /// Of the user's thread.
  private var emptying: Int?

  /// Takes over the parser, and reads on behind its last record.
  ///
  /// - Parameter threads: one of which was taken.
  init(_ parser: UnsafeMutablePointer<RecordParser>, after record: Record, _ totals: PacketTotals, _ threads: ReaderThreads) {
    unsafe (self.parser, self.record, self.totals, self.threads) = unsafe (parser, record, totals, threads)
    unsafe blocks = .allocate(capacity: Self.blockCount)
    for index in 0..<Self.blockCount { unsafe (blocks + index).initialize(to: Block()) }
    // Signalled instead of passed as the initial value: a semaphore traps if it is destroyed below its initial value.
    for _ in 1..<Self.blockCount { emptied.signal() }
    DispatchQueue(label: "read ahead").async { self.run() }
  }

  deinit {
    for index in 0..<Self.blockCount {
      unsafe blocks[index].memory?.deallocate()
      unsafe blocks[index].records.deallocate()
    }
    unsafe blocks.deinitialize(count: Self.blockCount)
    unsafe blocks.deallocate()
    unsafe parser.deinitialize(count: 1)
    unsafe parser.deallocate()
  }

  // MARK: The second thread

  private func run() {
    var record = record
    unsafe parser.pointee.buffer.ahead = self
    do throws(CaptureError) {
      while try unsafe parser.pointee.next(&record) { add(record) }
      unsafe blocks[filling].ending = .success(())
    } catch {
      unsafe blocks[filling].ending = .failure(error)
    }
    unsafe parser.pointee.buffer.ahead = nil
    threads.release()
    unsafe blocks[filling].totals = totals
    filled.signal()
  }

  @inline(__always)
  private func add(_ record: Record) {
    totals.add(record)
    let block = unsafe blocks + filling
    unsafe block.pointee.records[block.pointee.count] = record
    unsafe block.pointee.count += 1
    if unsafe block.pointee.count == Self.recordLimit { unsafe parser.pointee.buffer.handOver() }
  }

  /// Notes that the packets of another section follow.
  func beginSection() { declare(.section) }

  /// Notes an interface of the section.
  func declareInterface(name: String, _ linkType: LinkType) { declare(.interface(name: name, linkType)) }

  private func declare(_ kind: Declaration.Kind) {
    unsafe blocks[filling].declarations.append(Declaration(kind: kind, place: blocks[filling].count))
  }

  /// Hands over the block at hand, unless nothing was found in it yet; `memory` becomes that of the next one.
  ///
  /// - Parameter used: the part of `memory` that was not parsed yet; becomes its place in the new memory.
  /// - Returns: false if nobody wants more.
  func handOver(_ memory: inout UnsafeMutableRawBufferPointer, _ used: inout Range<Int>) -> Bool {
    if unsafe blocks[filling].count > 0 || !blocks[filling].declarations.isEmpty {
      unsafe blocks[filling].totals = totals
      unsafe blocks[filling].memory = unsafe memory
      filled.signal()
      emptied.wait()
      filling = (filling + 1) % Self.blockCount
      let rest = unsafe UnsafeRawBufferPointer(rebasing: memory[used])
      unsafe memory = unsafe reuse(blocks + filling, for: rest.count)
      unsafe memory.copyMemory(from: rest)
      used = 0..<rest.count
    }
    return !isCancelled.load(ordering: .relaxed)
  }

  /// Empties a block, and returns its memory. One that a large record needed is not kept.
  private func reuse(_ block: UnsafeMutablePointer<Block>, for count: Int) -> UnsafeMutableRawBufferPointer {
    unsafe block.pointee.count = 0
    unsafe block.pointee.declarations.removeAll(keepingCapacity: true)
    defer { unsafe block.pointee.memory = nil }
    let capacity = max(count, ReadBuffer.capacity)
    if let memory = unsafe block.pointee.memory {
      if memory.count == capacity { return unsafe memory }
      unsafe memory.deallocate()
    }
    return .allocate(byteCount: capacity, alignment: 16)
  }

  // MARK: The user's thread

  /// Waits for the next block, and returns those before to be filled again, when there are enough. Not to be called behind the last one.
  func next() -> UnsafeMutablePointer<Block> {
    let next = emptying.map { ($0 + 1) % Self.blockCount } ?? 0
    if emptying != nil, next % Self.returnedAtOnce == 0 { for _ in 0..<Self.returnedAtOnce { emptied.signal() } }
    emptying = next
    filled.wait()
    return unsafe blocks + next
  }

  /// Stops reading. A read that waits for its first byte continues until it arrives.
  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    emptied.signal()
  }
}
