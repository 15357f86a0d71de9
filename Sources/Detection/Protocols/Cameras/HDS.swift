/// Discovery of cameras by HiChip and Juan (CamHi, EseeCloud and many white labels; UDP 8002, 18002, 12222): text like HTTP. Devices send
/// answers, also without being asked; searchers send `SEARCH * HDS/1.0`.
public struct HDSRecognizer: Recognizer {
  public let name = "hds"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.starts(with: "HDS/1.0 200 OK") || bytes.starts(with: "MCTP/1.0 200 OK") else { return .notMine }
    let model = bytes.lineValue("device-model")
    let isDevice =
      model != nil || bytes.lineValue("device-id") != nil || bytes.lineValue("esee-id") != nil
      || bytes.lineValue("rtsp-port") != nil
      || bytes.lineValue("software-version") != nil
    guard isDevice else { return .message }
    sink.emit(.hdsModel, model ?? notSaid)
    return .message
  }
}
