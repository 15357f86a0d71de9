import Detection

/// Writes frames to a pcap file with nanoseconds (draft-ietf-opsawg-pcap), buffered.
public final class CaptureWriter {
  private var file: OutputFile
  private let linkType: LinkType
  /// Frames of another link, for which the format has no place.
  public private(set) var leftOut: UInt64 = 0

  /// Creates the file, or empties it.
  public init(path: String, linkType: LinkType, snapLength: Int) throws(CaptureError) {
    file = try OutputFile(path: path)
    self.linkType = linkType
    // Magic of nanosecond files, version 2.4, no zone, no accuracy.
    for word in [0xA1B2_3C4D, 0x0004_0002, 0, 0, UInt32(snapLength), UInt32(linkType.rawValue)] as [UInt32] { file.append(word) }
  }

  /// Errors are kept for `close`: detection goes on when a disk is full.
  public func write(_ frame: borrowing Frame) {
    guard file.error == nil else { return }
    guard frame.linkType == linkType else {
      leftOut += 1
      return
    }
    let (seconds, fraction) = frame.time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    file.append(UInt32(truncatingIfNeeded: seconds))
    file.append(UInt32(truncatingIfNeeded: fraction))
    file.append(UInt32(frame.bytes.byteCount))
    file.append(UInt32(Swift.max(frame.originalLength, frame.bytes.byteCount)))
    frame.bytes.withUnsafeBytes { file.append($0) }
    file.flushIfFull()
  }

  /// Writes what is left; gives the first error of the whole run.
  public func close() -> CaptureError? { file.close() }
}
