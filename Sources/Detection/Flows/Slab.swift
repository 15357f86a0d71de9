import Glibc

/// The entries of a table, by number, in memory that is reserved at once and becomes real as it is used.
///
/// Entries never move, each begins where a line of the processor's cache begins if its size divides by one, and changing one asks nobody
/// whether an array is shared. Packets touch a large table everywhere: where the kernel gives large pages, addresses are found faster. The
/// first of them comes when a part of it is in use, so that a small table stays small.
@safe struct Slab<Element>: ~Copyable {
  /// Most entries that there can be.
  let capacity: Int
  private(set) var count = 0
  private let base: UnsafeMutablePointer<Element>

  private static var largePage: Int { 2 << 20 }
  /// MADV_COLLAPSE (madvise(2)), since Linux 6.1; earlier ones refuse, and nothing changes.
  private static var collapse: Int32 { 25 }
  /// Entries with which the first large page comes.
  private static var many: Int { largePage / 8 / MemoryLayout<Element>.stride }
  private var isLarge: Bool { capacity * MemoryLayout<Element>.stride > Self.largePage }

  init(capacity: Int) {
    self.capacity = capacity
    let size = max(1, capacity * MemoryLayout<Element>.stride)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size > Self.largePage ? Self.largePage : 64)
    if size > Self.largePage { _ = unsafe madvise(memory + Self.largePage, size - Self.largePage, MADV_HUGEPAGE) }
    unsafe base = unsafe memory.bindMemory(to: Element.self, capacity: capacity)
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe UnsafeMutableRawPointer(base).deallocate()
  }

  var indices: Range<Int> { 0..<count }

  subscript(number: Int) -> Element {
    @inline(__always) _read {
      precondition(number >= 0 && number < count)
      yield unsafe base[number]
    }
    @inline(__always) _modify {
      precondition(number >= 0 && number < count)
      yield unsafe &base[number]
    }
  }

  /// Adds an entry, for which there must be room.
  mutating func append(_ element: consuming Element) {
    precondition(count < capacity)
    unsafe (base + count).initialize(to: element)
    count += 1
    if count == Self.many, isLarge { _ = unsafe madvise(base, Self.largePage, Self.collapse) }
  }

  /// Asks memory for an entry.
  @inline(__always)
  func prefetch(_ number: Int) {
    precondition(number >= 0 && number < count)
    unsafe Lookahead.fetch(base + number, bytes: MemoryLayout<Element>.size)
  }
}
