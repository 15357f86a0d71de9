/// Finds the place where an RTSP stream can be read again after bytes were missing: a start line, or a chain of interleaved frames.
struct RTSPResync {
  /// Bytes that are buffered, and bytes after which the search is abandoned.
  static let bufferLimit = 16384
  static let totalLimit = 1 << 20
  /// A start line is recognized by fewer bytes than this.
  private static let startSize = 40
  /// Places that wait for more bytes; of more, the first are given up.
  static let openLimit = 32

  private(set) var isSearching = false
  private var buffer: [UInt8] = []
  /// Before this position no start line begins.
  private var position = 0
  /// Up to here, chains of frames were looked for.
  private var framed = 0
  /// Places where a chain of frames begins whose end is missing.
  private var open: [Int] = []
  private var searched = 0
  /// Positions that were tried.
  private(set) var tried = 0

  var isHopeless: Bool { searched > Self.totalLimit }

  /// Starts a search with an empty buffer.
  mutating func begin() {
    isSearching = true
    buffer = []
    position = 0
    framed = 0
    open = []
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
      framed = Swift.max(0, framed - dropped)
      open = open.compactMap { $0 >= dropped ? $0 - dropped : nil }
    }
    return nil
  }

  private mutating func nextStart() -> Int? {
    let owned = buffer
    let bytes = unsafe owned.span.bytes
    var stillOpen: [Int] = []
    for offset in open {
      tried += 1
      switch InterleavedFrames.chain(bytes, at: offset) {
      case .whole: return offset
      case .open: stillOpen.append(offset)
      case .broken: break
      }
    }
    // A start line is recognized with a few bytes behind it.
    let end = bytes.byteCount - Self.startSize
    for offset in position..<Swift.max(position, bytes.byteCount) {
      tried += 1
      let byte = bytes.u8(offset)
      if byte == InterleavedFrames.mark, offset >= framed {
        switch InterleavedFrames.chain(bytes, at: offset) {
        case .whole: return offset
        case .open: stillOpen.append(offset)
        case .broken: break
        }
      } else if ASCII.isUppercase(byte), MessageReader.Syntax.rtsp.beginsMessage(bytes.slice(offset, Self.startSize)) {
        return offset
      }
    }
    open = stillOpen.suffix(Self.openLimit)
    position = Swift.max(position, end)
    framed = bytes.byteCount
    return nil
  }
}
