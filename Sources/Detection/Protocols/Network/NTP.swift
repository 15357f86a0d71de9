/// NTP on port 123 (RFC 5905): recognized, and not reported. Every device asks for the time, and its DNS queries name the server.
public struct NTPRecognizer: Recognizer {
  public let name = "ntp"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(123), bytes.byteCount > 0 else { return .notMine }
    let (version, mode) = (bytes.u8(0) >> 3 & 7, bytes.u8(0) & 7)
    guard (1...4).contains(version), mode > 0 else { return .notMine }
    // Modes 6 and 7 are control messages, which are shorter.
    return message.length >= (mode < 6 ? 48 : 8) ? .done : .notMine
  }
}
