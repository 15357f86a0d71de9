/// Plain values one after the other, in memory that is kept when they are removed.
@safe struct Pile<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  /// - Parameter capacity: at least 1. It grows beyond it.
  init(capacity: Int) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity)
  }

  deinit { unsafe base.deallocate() }

  @inline(__always)
  var isEmpty: Bool { count == 0 }

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

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    unsafe (base + count).initialize(to: element)
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
    unsafe larger.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity *= 2
  }

  @inline(__always)
  mutating func removeAll() { count = 0 }
}
