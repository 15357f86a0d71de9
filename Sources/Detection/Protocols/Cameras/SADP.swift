/// Hikvision's discovery (SADP, UDP 37020) in XML. Devices answer with ProbeMatch; the search tool sends Probe.
public struct SADPRecognizer: Recognizer {
  public let name = "sadp"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  static let port: UInt16 = 37020

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.hasPort(Self.port) else { return .notMine }
    let bytes = message.payload.slice(0, RawSpan.answerLimit)
    guard bytes.byteCount > 0, bytes.trimmed.starts(with: "<") else { return .notMine }
    guard bytes.contains("<ProbeMatch>") else { return bytes.contains("<Probe>") ? .message : .notMine }
    if let type = bytes.xmlValue("<DeviceType>") { sink.emit(.sadpType, type) }
    sink.emit(.sadpDescription, bytes.xmlValue("<DeviceDescription>") ?? notSaid)
    return .message
  }
}
