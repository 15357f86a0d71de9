/// Finds the place where an RTSP stream can be read again after bytes were missing: a start line, or a chain of interleaved frames.
struct RTSPResync {
  /// Bytes that are buffered, and bytes after which the search is abandoned.
  static let bufferLimit = 16384
  static let totalLimit = 1 << 20
  /// A start line is recognized by fewer bytes than this.
  private static let startSize = 40

  private(set) var isSearching = false
  private var buffer: [UInt8] = []
  /// The first position in the buffer that may still turn out to be a start.
  private var position = 0
  private var searched = 0

  var isHopeless: Bool { searched > Self.totalLimit }

  /// Starts a search with an empty buffer.
  mutating func begin() {
    isSearching = true
    buffer = []
    position = 0
  }

  /// Starts a search that may look at as many bytes as the first one.
  mutating func beginAnew() {
    begin()
    searched = 0
  }

  /// Takes the next bytes. Returns the bytes from the place where reading can go on, once that is found.
  mutating func search(_ piece: RawSpan) -> [UInt8]? {
    buffer.append(piece)
    searched += piece.byteCount
    if let start = nextStart() {
      defer { self = RTSPResync() }
      return Array(buffer[start...])
    }
    if buffer.count > Self.bufferLimit {
      let dropped = buffer.count - Self.bufferLimit / 2
      buffer.removeFirst(dropped)
      position = Swift.max(0, position - dropped)
    }
    return nil
  }

  private mutating func nextStart() -> Int? {
    let owned = buffer
    let bytes = unsafe owned.span.bytes
    var open: Int?
    for offset in position..<Swift.max(position, bytes.byteCount) {
      let byte = bytes.u8(offset)
      if byte == InterleavedFrames.mark {
        switch InterleavedFrames.chain(bytes, at: offset) {
        case .whole: return offset
        case .open: open = open ?? offset
        case .broken: break
        }
      } else if ASCII.isUppercase(byte), MessageReader.Syntax.rtsp.beginsMessage(bytes.slice(offset, Self.startSize)) {
        return offset
      }
    }
    position = Swift.min(open ?? .max, Swift.max(position, bytes.byteCount - Self.startSize))
    return nil
  }
}
