/// What is kept of one direction of a TCP connection.
///
/// It follows messages of HTTP and RTSP, media that is interleaved with RTSP, and records of TLS, so that it knows what a segment in the middle
/// of a message continues. Only a prefix of a segment can be kept: what follows media in the same segment goes, too.
struct StreamCut {
  private enum State {
    /// A message may begin here. Nothing is known but that all before it was kept.
    case open
    /// Within the head of a message.
    case head
    /// Within a text body; nil up to the connection's end.
    case text(Int?)
    /// Within media or ciphertext; nil up to the connection's end, or to what is recognised as the beginning of a message.
    case media(Int?)
    /// Within the beginning of encryption.
    case handshake(Int)
  }

  private var state: State = .open
  private var head = MessageHead()
  private var next: UInt32?
  /// The connection carries RTSP: `$` begins a frame.
  private var isRTSP = false
  private var isMultipart = false

  init() {}

  /// - Parameter isKnown: false where nothing is remembered of the connection, which may be in the middle of a picture.
  init(isKnown: Bool) { state = isKnown ? .open : .media(nil) }

  /// - Parameters:
  ///   - wireLength: more than the bytes that were captured, if the snap length cut the segment.
  /// - Returns: the bytes to keep.
  mutating func kept(_ bytes: ArraySlice<UInt8>, wireLength: Int, sequence: UInt32) -> Int {
    let isInOrder = next == nil || next == sequence
    if let next, !isInOrder, Int32(bitPattern: sequence &- next) < 0 {
      // Sent again. It must not disturb what follows.
      var again = StreamCut(isKnown: false)
      again.isRTSP = isRTSP
      return again.walk(bytes)
    }
    if !isInOrder { lose() }
    next = sequence &+ UInt32(truncatingIfNeeded: wireLength)
    let kept = walk(bytes)
    if wireLength > bytes.count { lose() }
    return kept
  }

  /// Bytes are missing.
  private mutating func lose() {
    head = MessageHead()
    state = .media(nil)
  }

  private mutating func walk(_ bytes: ArraySlice<UInt8>) -> Int {
    var place = bytes.startIndex
    var end: Int?
    while place < bytes.endIndex {
      let rest = bytes[place...]
      let step = step(rest, isFirst: place == bytes.startIndex)
      if end == nil, step.kept < step.length { end = place + step.kept }
      place += max(step.length, 1)
    }
    return (end ?? bytes.endIndex) - bytes.startIndex
  }

  private typealias Step = (kept: Int, length: Int)

  private mutating func step(_ bytes: ArraySlice<UInt8>, isFirst: Bool) -> Step {
    switch state {
    case .head: return stepHead(bytes)
    case .text(let remaining):
      if remaining == nil, isFirst, MessageHead.begins(bytes) { return stepHead(bytes) }
      let length = min(remaining ?? bytes.count, bytes.count)
      let kept = min(PlainText.length(bytes), length)
      state = after(length, of: remaining, kept == length ? { .text($0) } : { .media($0) })
      return (kept, length)
    case .handshake(let remaining):
      let length = min(remaining, bytes.count)
      state = remaining > length ? .handshake(remaining - length) : .open
      return (length, length)
    case .media(let remaining?):
      let length = min(remaining, bytes.count)
      state = after(length, of: remaining) { .media($0) }
      return (0, length)
    case .media(nil):
      // Only where a segment begins: within media anything may stand.
      if isFirst, let step = recognised(bytes) { return step }
      if isFirst, isMultipart { return (PartHead.length(bytes), bytes.count) }
      return (0, bytes.count)
    case .open:
      if let step = recognised(bytes) { return step }
      let kept = UnknownPayload.kept(bytes)
      if kept < bytes.count { state = .media(nil) }
      return (kept, bytes.count)
    }
  }

  private func after(_ length: Int, of remaining: Int?, _ state: (Int?) -> State) -> State {
    guard let remaining else { return state(nil) }
    return remaining > length ? state(remaining - length) : .open
  }

  /// The beginning of something whose length is known.
  private mutating func recognised(_ bytes: ArraySlice<UInt8>) -> Step? {
    if MessageHead.begins(bytes) { return stepHead(bytes) }
    return interleaved(bytes) ?? record(bytes)
  }

  /// RTP or RTCP in a connection of RTSP: RFC 2326, section 10.12.
  private mutating func interleaved(_ bytes: ArraySlice<UInt8>) -> Step? {
    let start = bytes.startIndex
    guard bytes.count >= 4, bytes[start] == 0x24, isRTSP || bytes[start + 1] < 16 else { return nil }
    let length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
    let frame = bytes.dropFirst(4).prefix(length)
    guard let kept = RTPForm.kept(frame) ?? (frame.count < 12 && isRTSP ? 0 : nil) else { return nil }
    isRTSP = true
    state = length > frame.count ? .media(length - frame.count) : .open
    return (4 + kept, 4 + frame.count)
  }

  /// A record of TLS: RFC 8446, section 5.1. What is not data is kept.
  private mutating func record(_ bytes: ArraySlice<UInt8>) -> Step? {
    let start = bytes.startIndex
    guard bytes.count >= 5, (20...23).contains(bytes[start]), bytes[start + 1] == 3, bytes[start + 2] <= 4 else { return nil }
    let length = 5 + (Int(bytes[start + 3]) << 8 | Int(bytes[start + 4]))
    guard length <= 5 + 16_640 else { return nil }
    let present = min(length, bytes.count)
    let isData = bytes[start] == 23
    state = length > present ? (isData ? .media(length - present) : .handshake(length - present)) : .open
    return (isData ? 5 : present, present)
  }

  private mutating func stepHead(_ bytes: ArraySlice<UInt8>) -> Step {
    if case .head = state {} else { head = MessageHead() }
    state = .head
    let length = head.read(bytes)
    guard !head.isBroken else {
      state = .media(nil)
      return (length, bytes.count)
    }
    guard head.isComplete else { return (length, bytes.count) }
    if head.isRTSP { isRTSP = true }
    isMultipart = head.isMultipart
    guard isMultipart else {
      state = body()
      return (length, length)
    }
    state = .media(nil)
    return (length + PartHead.length(bytes.dropFirst(length)), bytes.count)
  }

  private func body() -> State {
    if head.isTunnel || head.hasNoBody { return .open }
    switch head.bodyLength {
    case 0?: return .open
    case let length where head.isText: return .text(length)
    case let length: return .media(length)
    }
  }
}
