/// Splits one direction of a TCP stream into frames whose header has a fixed size and states the frame's length. Only the beginning of
/// each frame is buffered and the rest is skipped, so memory does not depend on lengths from the wire.
struct LengthPrefixedFramer {
  /// The sizes that a header states.
  struct FrameHeader {
    /// Bytes of the frame including its header.
    var length: Int
    /// Bytes to buffer from the beginning of the frame, including its header.
    var kept: Int
  }

  let headerSize: Int
  /// Bytes that are searched for a header in all, where a frame does not begin with one: behind missing bytes, and where a capture begins
  /// in the middle. Zero for headers without a distinctive form.
  let searchLimit: Int

  /// The header and the beginning of the current frame.
  private(set) var frame: [UInt8] = []
  /// Bytes of the current frame including its header; 0 until the header is complete.
  private(set) var length = 0
  /// Frames cannot be found any more.
  private(set) var isOutOfSync = false
  private var wanted = 0
  private var skip = 0
  private var searched = 0
  private var isReturned = false

  init(headerSize: Int, searchLimit: Int = 0) {
    self.headerSize = headerSize
    self.searchLimit = searchLimit
  }

  /// Notes that bytes are missing here.
  mutating func gap() {
    reset()
    skip = 0
    if searchLimit == 0 { isOutOfSync = true }
  }

  /// Takes bytes from the piece. Returns whether `frame` is complete as far as it is buffered.
  /// - Parameter parse: reads a complete header; nil if these bytes are not one.
  mutating func next(_ piece: RawSpan, at position: inout Int, header parse: (RawSpan) -> FrameHeader?) -> Bool {
    if isReturned { reset() }
    while !isOutOfSync {
      if skip > 0 {
        let passed = Swift.min(skip, piece.byteCount - position)
        skip -= passed
        position += passed
      }
      if length > 0, frame.count >= wanted {
        skip = length - frame.count
        isReturned = true
        return true
      }
      guard position < piece.byteCount else { return false }
      frame.append(piece.u8(position))
      position += 1
      if length == 0, frame.count == headerSize { measure(parse) }
    }
    return false
  }

  private mutating func measure(_ parse: (RawSpan) -> FrameHeader?) {
    if let header = unsafe parse(frame.span.bytes) {
      length = Swift.max(headerSize, header.length)
      wanted = Swift.min(length, Swift.max(headerSize, header.kept))
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
    isReturned = false
  }
}

/// Both directions of a TCP conversation in length-prefixed frames.
struct FramedConversation {
  /// Frames that are read before the conversation is left.
  let frameLimit: Int
  private var framers: PerDirection<LengthPrefixedFramer>
  private var frameCount = 0

  init(headerSize: Int, searchLimit: Int = 0, frameLimit: Int) {
    self.frameLimit = frameLimit
    framers = PerDirection(LengthPrefixedFramer(headerSize: headerSize, searchLimit: searchLimit))
  }

  mutating func gap(in direction: Direction) { framers[direction].gap() }

  /// Reads the frames in a message: `frame` gets the beginning of each and returns whether the conversation is done.
  mutating func consume(
    _ message: borrowing Message, header parse: (RawSpan) -> LengthPrefixedFramer.FrameHeader?, frame read: (RawSpan) -> Bool
  ) -> Disposition {
    var position = 0
    while framers[message.direction].next(message.payload, at: &position, header: parse) {
      frameCount += 1
      let owned = framers[message.direction].frame
      if unsafe read(owned.span.bytes) { return .done }
    }
    return frameCount >= frameLimit || framers.allSatisfy(\.isOutOfSync) ? .done : .mine
  }
}
