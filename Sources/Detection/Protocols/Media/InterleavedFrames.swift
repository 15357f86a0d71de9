/// Frames of RTP and RTCP inside an RTSP connection (RFC 2326 section 10.12): `$`, channel, length.
struct InterleavedFrames {
  static let mark = ASCII.dollar
  /// Bytes kept of a frame: its header, and enough for the headers of RTP and the codec.
  static let headLimit = 4 + 64
  static let channelLimit = 8
  /// Consecutive frames that prove the framing where no RTSP was seen, unless their sequence numbers do so earlier.
  static let chainLength = 3

  private(set) var head: [UInt8] = []
  private var skip = 0
  private var isReturned = false

  /// The channel of the current frame.
  var channel: UInt8 { head.count < 2 ? 0 : head[1] }
  /// Bytes of the current frame's payload.
  var length: Int { head.count < 4 ? 0 : Int(head[2]) << 8 | Int(head[3]) }
  var isInside: Bool { !head.isEmpty && !isReturned || skip > 0 }

  /// Takes bytes from the piece. Returns whether `head` is complete; the rest of the frame is skipped next.
  mutating func next(_ piece: RawSpan, at position: inout Int) -> Bool {
    if skip > 0 {
      let count = Swift.min(skip, piece.byteCount - position)
      skip -= count
      position += count
      return false
    }
    if isReturned {
      head.removeAll(keepingCapacity: true)
      isReturned = false
    }
    while true {
      // The length is known with the fourth byte.
      let size = head.count < 4 ? 4 : Swift.min(4 + length, Self.headLimit)
      if head.count >= size {
        skip = 4 + length - head.count
        isReturned = true
        return true
      }
      guard position < piece.byteCount else { return false }
      let part = piece.slice(position, size - head.count)
      head.append(part)
      position += part.byteCount
    }
  }

  enum Chain { case whole, open, broken }

  /// Looks for consecutive frames of RTP or RTCP from `offset` on: two of one source with consecutive sequence numbers, or three of any
  /// kind. The answer is `.open` if the bytes end before that is decided.
  static func chain(_ bytes: RawSpan, at offset: Int) -> Chain {
    var offset = offset
    var previous: (channel: UInt8, payloadType: UInt8, sequence: UInt16, source: UInt32)?
    for _ in 0..<chainLength {
      let left = bytes.byteCount - offset
      if left < 1 { return .open }
      guard bytes.u8(offset) == mark else { return .broken }
      if left < 2 { return .open }
      guard bytes.u8(offset + 1) < channelLimit else { return .broken }
      if left < 16 { return left < 5 || bytes.u8(offset + 4) >> 6 == 2 ? .open : .broken }
      let length = Int(bytes.u16(offset + 2))
      guard length >= 8, bytes.u8(offset + 4) >> 6 == 2 else { return .broken }
      if !(192...223).contains(bytes.u8(offset + 5)) {
        let frame = (
          channel: bytes.u8(offset + 1), payloadType: bytes.u8(offset + 5) & 0x7F, sequence: bytes.u16(offset + 6),
          source: bytes.u32(offset + 12)
        )
        guard length > 12, RTPCodec.isPlausible(frame.payloadType) else { return .broken }
        if let previous, previous.channel == frame.channel {
          // A channel carries one payload type.
          guard previous.payloadType == frame.payloadType else { return .broken }
          if previous.source == frame.source, previous.sequence &+ 1 == frame.sequence { return .whole }
        }
        previous = frame
      }
      offset += 4 + length
    }
    return previous != nil ? .whole : .broken
  }
}

/// The sources of RTP that one side interleaves, with their codecs.
struct InterleavedMedia {
  /// Sources of one side.
  static let sourceLimit = 4

  enum Finding {
    case nothing
    /// The codec of this source was found before, or there are too many sources.
    case known
    /// The codec is found now. It is described if the session description or the payload type names it.
    case codec(String, isDescribed: Bool)
  }

  private struct Source {
    let id: UInt32
    let payloadType: UInt8
    var content = RTPContent()
    var isReported = false
  }

  private var sources: [Source] = []
  private(set) var frameCount = 0

  var isAllReported: Bool { sources.allSatisfy(\.isReported) }

  /// - Parameter described: codecs of payload types in the session description.
  mutating func add(_ frames: borrowing InterleavedFrames, described: [UInt8: String], isIgnored: Bool) -> Finding {
    frameCount += 1
    let (owned, length) = (frames.head, frames.length)
    let bytes = unsafe owned.span.bytes.slice(4)
    guard !isIgnored, let header = RTPHeader(bytes, length: length), RTPCodec.isPlausible(header.payloadType) else { return .nothing }
    guard let index = source(header), !sources[index].isReported else { return .known }
    let type = header.payloadType
    var codec = described[type]
    // Only the content shows what JPEG and MP2T carry.
    if codec == nil, type != 26, type != 33 { codec = RTPCodec.assigned[type] }
    if codec == nil {
      codec = sources[index].content.add(header, bytes.slice(header.size), length: length - header.size)
      if codec == nil, sources[index].content.isHopeless { codec = "PT \(type)" }
    }
    guard let codec else { return .nothing }
    sources[index].isReported = true
    return .codec(codec, isDescribed: RTPCodec.assigned[type] != nil || described[type] != nil)
  }

  private mutating func source(_ header: RTPHeader) -> Int? {
    if let index = sources.firstIndex(where: { $0.id == header.source && $0.payloadType == header.payloadType }) { return index }
    guard sources.count < Self.sourceLimit else { return nil }
    sources.append(Source(id: header.source, payloadType: header.payloadType))
    return sources.count - 1
  }
}
