/// Where pictures and films begin, by the marks that their players look for.
enum MediaStart {
  /// The number of bytes up to the first such mark, with the mark; nil if there is none.
  static func end(in bytes: ArraySlice<UInt8>) -> Int? {
    for index in bytes.indices {
      if let length = mark(in: bytes[index...]) { return index - bytes.startIndex + length }
    }
    return nil
  }

  /// The length of the mark that the bytes begin with.
  private static func mark(in bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = bytes.first, bytes.count >= 4 else { return nil }
    func begins(_ mark: StaticString, after skipped: Int = 0) -> Bool {
      unsafe bytes.dropFirst(skipped).prefix(mark.utf8CodeUnitCount).elementsEqual(
        UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount))
    }
    switch first {
    case 0xFF: return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? 4 : nil  // JPEG: start of image, and a marker
    case 0x89: return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) ? 4 : nil  // PNG
    case UInt8(ascii: "G"):
      if begins("GIF8") { return 4 }
      return isTransportStream(bytes) ? 4 : nil
    case UInt8(ascii: "R"): return begins("RIFF") && begins("WEBP", after: 8) ? 12 : nil
    case UInt8(ascii: "F"): return begins("FLV\u{1}") ? 9 : nil
    case 0x1A: return bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) ? 4 : nil  // Matroska, WebM
    case 0:
      // Boxes of MP4: their length, and their type.
      for type in ["ftyp", "moov", "moof", "mdat", "styp"] as [StaticString] where begins(type, after: 4) { return 8 }
      return startCode(bytes)
    default: return nil
    }
  }

  /// Three packets of 188 bytes, each with the sync byte, or as many as there are.
  private static func isTransportStream(_ bytes: ArraySlice<UInt8>) -> Bool {
    let places = [188, 376].map { bytes.startIndex + $0 }.filter { $0 < bytes.endIndex }
    return !places.isEmpty && places.allSatisfy { bytes[$0] == 0x47 }
  }

  /// A start code of ISO/IEC 14496-10 or 23008-2, annex B, with the header of a parameter set or a slice behind it.
  private static func startCode(_ bytes: ArraySlice<UInt8>) -> Int? {
    let zeros = bytes.prefix(3).prefix { $0 == 0 }.count
    guard zeros >= 2, let one = bytes.dropFirst(zeros).first, one == 1 else { return nil }
    let unit = bytes.dropFirst(zeros + 1)
    guard let header = unit.first else { return nil }
    let h264: Set<UInt8> = [0x67, 0x47, 0x27, 0x68, 0x48, 0x28, 0x65, 0x45, 0x25, 0x61, 0x41, 0x21, 0x06, 0x09]
    if h264.contains(header) { return zeros + 2 }
    // H.265, of layer 0: VPS, SPS, PPS, slices.
    let h265: Set<UInt8> = [0x40, 0x42, 0x44, 0x26, 0x28, 0x2A, 0x02]
    return h265.contains(header) && unit.dropFirst().first == 1 ? zeros + 3 : nil
  }
}
