/// Network names that access points announce: IEEE 802.11-2020 sections 9.3.3.2 (beacon) and 9.3.3.10 (probe response). Cameras that
/// wait to be set up announce one of their own. What stations ask for (probe requests) is not theirs, and says nothing.
public struct WiFiRecognizer: Recognizer {
  public let name = "wifi"
  public let carriers: Carriers = .wifi
  public let announcements: Carriers = .wifi

  private static let header = 24
  /// Time, beacon interval, capabilities.
  private static let fixedLength = 12
  private static let ssidLimit = 32

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= Self.header else { return .notMine }
    // Version 0, type management, subtype beacon or probe response.
    guard bytes.u8(0) == 0x80 || bytes.u8(0) == 0x50 else { return .notMine }
    // The order bit: a field of four bytes more (section 9.2.4.1.10).
    let start = Self.header + (bytes.u8(1) & 0x80 != 0 ? 4 : 0) + Self.fixedLength
    var elements = bytes.slice(start)
    while elements.byteCount >= 2 {
      let length = Int(elements.u8(1))
      guard elements.byteCount >= 2 + length else { break }
      if elements.u8(0) == 0 {
        emit(elements.slice(2, length), into: &sink)
        break
      }
      elements = elements.slice(2 + length)
    }
    return .message
  }

  /// Hidden networks announce an empty name, or zeros in its place.
  private func emit(_ ssid: RawSpan, into sink: inout ObservationSink) {
    guard ssid.byteCount <= Self.ssidLimit else { return }
    sink.emit(.wifiSSID, ssid.text())
  }
}
