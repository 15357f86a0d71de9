/// Text in UTF-8 that grows at its end. An array asks for each piece whether it is shared, which is most of the work where pieces are as
/// short as those of JSON.
@safe struct JSONBytes: ~Copyable {
  private var memory: UnsafeMutablePointer<UInt8>
  private var capacity = 4096
  private(set) var count = 0

  init() { unsafe memory = .allocate(capacity: capacity) }
  deinit { unsafe memory.deallocate() }

  /// - Parameter range: within what there is.
  subscript(range: Range<Int>) -> [UInt8] {
    precondition(range.upperBound <= count)
    return unsafe Array(UnsafeBufferPointer(start: memory, count: count)[range])
  }

  /// - Parameter length: not more than there is.
  mutating func truncate(to length: Int) {
    precondition((0...count).contains(length))
    count = length
  }

  /// Makes room for that many bytes, which then need not be asked for one by one.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(to: count + more) }
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    capacity = max(needed, 2 * capacity)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.update(from: memory, count: count)
    unsafe memory.deallocate()
    unsafe memory = unsafe larger
  }

  /// Behind a call of `reserve`.
  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    unsafe memory[count] = byte
    count += 1
  }

  @inline(__always)
  private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    unsafe (memory + count).update(from: start, count: bytes.count)
    count += bytes.count
  }

  @inline(__always)
  mutating func append(character: Unicode.Scalar) {
    reserve(1)
    put(UInt8(ascii: character))
  }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    reserve(bytes.count)
    unsafe put(bytes)
  }

  @inline(__always)
  mutating func append(_ text: StaticString) {
    unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A text with a character before it and one behind.
  @inline(__always)
  mutating func append(_ text: UnsafeBufferPointer<UInt8>, within quote: Unicode.Scalar) {
    reserve(text.count + 2)
    put(UInt8(ascii: quote))
    unsafe put(text)
    put(UInt8(ascii: quote))
  }

  mutating func append(decimal value: UInt64) {
    // 2^64 has twenty digits.
    reserve(20)
    var (rest, digits) = (value, 1)
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    rest = value
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      unsafe memory[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  mutating func append(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
  }
}
