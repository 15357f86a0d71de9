/// The fixed header of RTP (RFC 3550 section 5.1).
struct RTPHeader: Equatable {
  let payloadType: UInt8
  let marker: Bool
  let sequence: UInt16
  let timestamp: UInt32
  let source: UInt32
  /// Bytes of the header with contributing sources and extension.
  let size: Int
  let hasContributors: Bool

  /// Nil if this cannot be RTP: another version, RTCP, lengths beyond `length` bytes on the wire, or no payload, as in packets that
  /// clients send to open a way through NAT.
  init?(_ bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= 12, bytes.u8(0) >> 6 == 2, !Self.isRTCP(bytes) else { return nil }
    payloadType = bytes.u8(1) & 0x7F
    marker = bytes.u8(1) & 0x80 != 0
    sequence = bytes.u16(2)
    timestamp = bytes.u32(4)
    source = bytes.u32(8)
    let contributors = Int(bytes.u8(0) & 0x0F)
    hasContributors = contributors > 0
    var size = 12 + 4 * contributors
    if bytes.u8(0) & 0x10 != 0 {
      guard bytes.byteCount >= size + 4 else { return nil }
      size += 4 + 4 * Int(bytes.u16(size + 2))
    }
    guard size < length else { return nil }
    if bytes.u8(0) & 0x20 != 0, bytes.byteCount == length {
      let padding = Int(bytes.u8(length - 1))
      guard padding > 0, size + padding <= length else { return nil }
    }
    self.size = size
  }

  /// Recognizes RTCP on the same ports by packet types 192 to 223 in the second byte (RFC 5761 section 4).
  static func isRTCP(_ bytes: RawSpan) -> Bool {
    bytes.byteCount >= 4 && bytes.u8(0) >> 6 == 2 && (192...223).contains(bytes.u8(1))
  }
}

extension RTPHeader {
  /// Recognizes a sender report of this source (RFC 3550 section 6.4.1).
  static func isSenderReport(_ bytes: RawSpan, of source: UInt32) -> Bool {
    bytes.byteCount >= 8 && bytes.u8(0) >> 6 == 2 && bytes.u8(1) == 200 && bytes.u32(4) == source
  }
}

/// Names of RTP encodings.
enum RTPCodec {
  /// The payload types of RFC 3551 section 6.
  static let assigned: [UInt8: String] = [
    0: "PCMU", 3: "GSM", 4: "G723", 5: "DVI4", 6: "DVI4", 7: "LPC", 8: "PCMA", 9: "G722", 10: "L16", 11: "L16", 12: "QCELP",
    13: "CN",
    14: "MPA", 15: "G728", 16: "DVI4", 17: "DVI4", 18: "G729", 25: "CELB", 26: "JPEG", 28: "NV", 31: "H261", 32: "MPV",
    33: "MP2T",
    34: "H263",
  ]
  private static let video: Set<String> = [
    "H264", "H264-SVC", "H265", "H266", "JPEG", "MP2T", "MP2P", "PS", "MPV", "H261", "H263", "H263-1998", "H263-2000", "MP4V-ES",
    "VP8",
    "VP9", "AV1", "CELB", "NV", "X-H264", "SVAC",
  ]

  static func isVideo(_ codec: String) -> Bool { video.contains(codec) }

  /// The name of an encoding in capitals, because case does not matter (RFC 8866 section 6.6), with `H265` for `HEVC`.
  static func name(_ text: Substring) -> String {
    let upper = text.uppercased()
    if upper == "HEVC" { return "H265" }
    return text.contains(".") ? String(text) : upper
  }

  /// The payload type is assigned or in the dynamic range.
  static func isPlausible(_ type: UInt8) -> Bool { type >= 96 || assigned[type] != nil }
}

/// Finds the codec of one source from its packets: H.264 (RFC 6184), H.265 (RFC 7798), JPEG (RFC 2435), MPEG transport and program streams
/// (RFC 2250, GB/T 28181).
///
/// The payloads of encrypted calls and of many games are random, so a codec is named only if each packet and their order fit.
struct RTPContent {
  /// Packets that must fit, and packets that are read.
  static let packetsNeeded = 8
  static let packetLimit = 256

  private var packets = 0
  private var h264 = Fragments()
  private var h265 = Fragments()
  private var transportStream = 0
  private var hasPack = false
  private var isJPEG = true
  private var jpegFollows = 0
  private var jpegNext: (timestamp: UInt32, offset: Int)?

  /// No codec will be found any more.
  var isHopeless: Bool {
    packets >= Self.packetLimit
      || packets > 16 && !h264.isPlausible && !h265.isPlausible && transportStream == 0 && !hasPack && !isJPEG
  }

  /// Adds the payload of a packet, which has `length` bytes on the wire. Returns the codec once it is certain.
  mutating func add(_ header: RTPHeader, _ payload: RawSpan, length: Int) -> String? {
    guard payload.byteCount >= 3 || payload.byteCount == length, length > 0 else { return nil }
    packets += 1
    addH264(header, payload, length)
    addH265(header, payload, length)
    addJPEG(header, payload, length)
    let hasSync = payload.u8(0) == 0x47 && length % 188 == 0 && (payload.byteCount <= 188 || payload.u8(188) == 0x47)
    transportStream = hasSync ? transportStream + 1 : 0
    if payload.starts(with: [0, 0, 1, 0xBA]), payload.byteCount > 4, payload.u8(4) & 0xC4 == 0x44 { hasPack = true }

    if transportStream >= 4 { return "MP2T" }
    if packets >= 4, hasPack { return "PS" }
    if packets >= 4, header.payloadType == 26 { return isJPEG && jpegFollows > 0 ? "JPEG" : nil }
    guard packets >= Self.packetsNeeded else { return nil }
    if h264.isProven { return "H264" }
    if h265.isProven { return "H265" }
    return nil
  }

  private mutating func addH264(_ header: RTPHeader, _ payload: RawSpan, _ length: Int) {
    guard h264.isPlausible else { return }
    guard payload.byteCount >= 2, payload.u8(0) & 0x80 == 0 else { return h264.reject() }
    let (first, second) = (payload.u8(0), payload.u8(1))
    let isReference = first & 0x60 != 0
    switch first & 0x1F {
    case 1, 6: h264.whole(header.sequence)
    case 5, 8: isReference ? h264.whole(header.sequence, isParameterSet: first & 0x1F == 8) : h264.reject()
    case 7:
      // profile_idc
      let profiles: [UInt8] = [66, 77, 88, 100, 110, 122, 244, 44, 83, 86, 118, 128]
      isReference && profiles.contains(second) ? h264.whole(header.sequence, isParameterSet: true) : h264.reject()
    case 9: length <= 4 ? h264.whole(header.sequence) : h264.reject()
    case 24: Self.isAggregate(payload, length, from: 1) ? h264.whole(header.sequence) : h264.reject()
    case 28:
      guard second & 0x20 == 0, [1, 5, 6, 7, 8].contains(second & 0x1F) else { return h264.reject() }
      h264.part(header.sequence, type: second & 0x1F, starts: second & 0x80 != 0, ends: second & 0x40 != 0)
    default: h264.reject()
    }
  }

  private mutating func addH265(_ header: RTPHeader, _ payload: RawSpan, _ length: Int) {
    guard h265.isPlausible else { return }
    // Forbidden bit and layer are zero, the temporal identifier is not.
    guard payload.byteCount >= 3, payload.u8(0) & 0x81 == 0, payload.u8(1) >> 3 == 0, payload.u8(1) & 7 != 0 else {
      return h265.reject()
    }
    let type = payload.u8(0) >> 1
    switch type {
    case 0...9, 16...21, 35...40: h265.whole(header.sequence)
    case 32...34: h265.whole(header.sequence, isParameterSet: true)
    case 48: Self.isAggregate(payload, length, from: 2) ? h265.whole(header.sequence) : h265.reject()
    case 49:
      let third = payload.u8(2)
      guard (third & 0x3F) <= 40 else { return h265.reject() }
      h265.part(header.sequence, type: third & 0x3F, starts: third & 0x80 != 0, ends: third & 0x40 != 0)
    default: h265.reject()
    }
  }

  /// Checks that units, each behind a size of two bytes, fill the payload as far as it was captured.
  private static func isAggregate(_ payload: RawSpan, _ length: Int, from start: Int) -> Bool {
    var offset = start
    while offset + 2 <= payload.byteCount {
      let size = Int(payload.u16(offset))
      offset += 2 + size
      if size == 0 || offset > length { return false }
    }
    return payload.byteCount < length || offset == length
  }

  /// Checks the main header (RFC 2435 section 3.1): type, quality, size, and the offset, which grows through a frame.
  private mutating func addJPEG(_ header: RTPHeader, _ payload: RawSpan, _ length: Int) {
    guard isJPEG else { return }
    let types: [UInt8] = [0, 1, 64, 65]
    guard header.payloadType == 26, length > 8, payload.byteCount >= 8, types.contains(payload.u8(4)), payload.u8(5) != 0,
      !(100...127).contains(payload.u8(5))
    else {
      isJPEG = false
      return
    }
    let offset = Int(payload.u32(0) & 0xFF_FFFF)
    if let next = jpegNext, next.timestamp == header.timestamp, offset > 0 {
      if next.offset == offset { jpegFollows += 1 }
    } else if offset == 0, jpegNext != nil {
      jpegFollows += 1
    }
    // The offset does not count restart markers and quantization tables, which precede the scan.
    var skipped = 8
    if payload.u8(4) >= 64 { skipped += 4 }
    if offset == 0, payload.u8(5) >= 128, payload.byteCount >= skipped + 4 { skipped += 4 + Int(payload.u16(skipped + 2)) }
    jpegNext = (header.timestamp, offset + Swift.max(0, length - skipped))
  }

  /// The units of a codec, whole or in fragments whose starts and ends must alternate.
  private struct Fragments {
    private(set) var isPlausible = true
    private var finished = 0
    private var parameterSets = 0
    private var last: UInt16?
    private var inside: (type: UInt8, fromStart: Bool)?

    /// All packets fit, and at least one unit is more than chance.
    var isProven: Bool { isPlausible && finished + parameterSets > 0 }

    mutating func reject() { isPlausible = false }

    mutating func whole(_ sequence: UInt16, isParameterSet: Bool = false) {
      if sequence == last { return }
      if follows(sequence), inside != nil { return reject() }
      inside = nil
      last = sequence
      if isParameterSet { parameterSets += 1 }
    }

    mutating func part(_ sequence: UInt16, type: UInt8, starts: Bool, ends: Bool) {
      if sequence == last { return }
      let follows = follows(sequence)
      last = sequence
      if starts {
        if ends || follows && inside != nil { return reject() }
        inside = (type, true)
        return
      }
      if follows {
        guard let inside, inside.type == type else { return reject() }
        if ends, inside.fromStart { finished += 1 }
      } else {
        inside = (type, false)
      }
      if ends { inside = nil }
    }

    private func follows(_ sequence: UInt16) -> Bool { last.map { $0 &+ 1 == sequence } ?? false }
  }
}
