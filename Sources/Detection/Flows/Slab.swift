import Glibc

/// The entries of a table, by number, in memory that is reserved at once and becomes real as it is used. An array that doubles takes up to
/// three times what it holds, while it moves.
///
/// Entries do not move within the capacity, each begins where a line of the processor's cache begins if its size divides by one, and
/// changing one asks nobody whether an array is shared. Packets touch a large table everywhere: where the kernel gives large pages,
/// addresses are found faster. The first of them comes when a part of it is in use, so that a small table stays small.
@safe struct Slab<Element>: ~Copyable {
  /// Entries for which there is room.
  private(set) var capacity: Int
  private(set) var count = 0
  private var base: UnsafeMutablePointer<Element>
  private var mapping: UnsafeMutableRawBufferPointer

  private static var largePage: Int { 2 << 20 }
  /// MADV_COLLAPSE (madvise(2)), since Linux 6.1; earlier ones refuse, and nothing changes.
  private static var collapse: Int32 { 25 }
  /// Entries with which the first large page comes.
  private static var many: Int { largePage / 8 / MemoryLayout<Element>.stride }
  private let isLarge: Bool

  /// - Parameters:
  ///   - capacity: at least 1. Tables whose number of entries nobody bounds may grow beyond it.
  ///   - largePages: worth up to 2 MiB that are not used, where every packet comes by.
  init(capacity: Int, largePages: Bool = true) {
    self.capacity = capacity
    let size = capacity * MemoryLayout<Element>.stride
    // Not of the heap: what belongs there would get its large pages here.
    let length = size + Self.largePage
    guard let start = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      unsafe start != MAP_FAILED
    else { fatalError("no memory for \(length) bytes") }
    unsafe mapping = UnsafeMutableRawBufferPointer(start: start, count: length)
    let memory = unsafe start.alignedUp(toMultipleOf: Self.largePage)
    isLarge = largePages && size > Self.largePage
    if isLarge { _ = unsafe madvise(memory + Self.largePage, size - Self.largePage, MADV_HUGEPAGE) }
    unsafe base = unsafe memory.bindMemory(to: Element.self, capacity: capacity)
  }

  deinit {
    unsafe base.deinitialize(count: count)
    _ = unsafe munmap(mapping.baseAddress, mapping.count)
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

  /// Adds an entry.
  mutating func append(_ element: consuming Element) {
    if count == capacity { grow() }
    unsafe (base + count).initialize(to: element)
    count += 1
    if count == Self.many, isLarge { _ = unsafe madvise(base, Self.largePage, Self.collapse) }
  }

  private mutating func grow() {
    var larger = Slab(capacity: capacity * 2, largePages: isLarge)
    unsafe larger.base.moveInitialize(from: base, count: count)
    (larger.count, count) = (count, 0)
    swap(&self, &larger)
  }

  /// Asks memory for an entry; one that is not there yet does no harm.
  @inline(__always)
  func prefetch(_ number: Int) {
    unsafe Lookahead.fetch(UnsafeRawPointer(base) + number &* MemoryLayout<Element>.stride, bytes: MemoryLayout<Element>.size)
  }
}
