/// Cuts one direction of a TCP stream into frames that tell their length in a head of fixed size. Of each frame the beginning is kept,
/// the rest is passed over, so that nothing grows with what the wire says.
struct LengthPrefixedFramer {
  /// What a head says of its frame.
  struct FrameHeader {
    /// Bytes of the frame with its head.
    var length: Int
    /// Bytes of its beginning, with the head, that are wanted.
    var kept: Int
  }

  let headSize: Int
  /// Bytes that are searched for a head, one direction long, where none is: behind a hole, and where a capture begins in the middle.
  /// Zero for heads that anything may look like.
  let searchLimit: Int

  /// Head and beginning of the frame at hand.
  private(set) var frame: [UInt8] = []
  /// Of the frame at hand, with its head; 0 while its head is not whole.
  private(set) var length = 0
  /// Frames can no longer be told in this direction.
  private(set) var isOutOfSync = false
  private var wanted = 0
  private var skip = 0
  private var searched = 0
  private var isTold = false

  init(headSize: Int, searchLimit: Int = 0) {
    self.headSize = headSize
    self.searchLimit = searchLimit
  }

  /// Bytes are missing here.
  mutating func gap() {
    reset()
    skip = 0
    if searchLimit == 0 { isOutOfSync = true }
  }

  /// Takes bytes from the piece; true when `frame` holds what is wanted of one.
  /// - Parameter extent: of a whole head, nil where these bytes are none.
  mutating func next(_ piece: RawSpan, at position: inout Int, extent: (RawSpan) -> FrameHeader?) -> Bool {
    if isTold { reset() }
    while !isOutOfSync {
      if skip > 0 {
        let passed = Swift.min(skip, piece.byteCount - position)
        skip -= passed
        position += passed
      }
      if length > 0, frame.count >= wanted {
        skip = length - frame.count
        isTold = true
        return true
      }
      guard position < piece.byteCount else { return false }
      frame.append(piece.u8(position))
      position += 1
      if length == 0, frame.count == headSize { measure(extent) }
    }
    return false
  }

  private mutating func measure(_ extent: (RawSpan) -> FrameHeader?) {
    if let found = unsafe extent(frame.span.bytes) {
      length = Swift.max(headSize, found.length)
      wanted = Swift.min(length, Swift.max(headSize, found.kept))
      return
    }
    frame.removeFirst()
    searched += 1
    if searched > searchLimit {
      isOutOfSync = true
      frame = []
    }
  }

  private mutating func reset() {
    frame.removeAll(keepingCapacity: true)
    length = 0
    isTold = false
  }
}
