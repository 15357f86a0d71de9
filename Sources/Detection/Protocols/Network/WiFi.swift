/// Management frames of Wi-Fi (IEEE 802.11-2020 section 9.3.3): names of networks in beacons and probe responses of access points, which
/// include cameras that wait to be set up; and the descriptions of devices for Wi-Fi Protected Setup. Names in probe requests belong to
/// other devices and are not reported.
public struct WiFiRecognizer: Recognizer {
  public let name = "wifi"
  public let transports: Transports = .wifi
  public let publicTransports: Transports = .wifi

  private static let header = 24
  private static let ssidLimit = 32

  private static let ssidElement: UInt8 = 0
  private static let vendorElement: UInt8 = 221

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= Self.header, let fixed = Self.fixedLength(bytes.u8(0)) else { return .notMine }
    let isAccessPoint = bytes.u8(0) == 0x80 || bytes.u8(0) == 0x50
    // The order bit adds a field of four bytes (section 9.2.4.1.10).
    var elements = bytes.slice(Self.header + (bytes.u8(1) & 0x80 != 0 ? 4 : 0) + fixed)
    var isNamed = false
    var setup: [UInt8] = []
    while elements.byteCount >= 2 {
      let length = Int(elements.u8(1))
      guard elements.byteCount >= 2 + length else { break }
      let value = elements.slice(2, length)
      switch elements.u8(0) {
      case Self.ssidElement where isAccessPoint && !isNamed:
        isNamed = true
        emit(value, into: &sink)
      case Self.vendorElement where length > 4 && value.u32(0) == WPSElement.vendor:
        setup.append(value.slice(4, WPSElement.limit - setup.count))
      default: break
      }
      elements = elements.slice(2 + length)
    }
    if !setup.isEmpty { unsafe WPSElement.report(setup.span.bytes, into: &sink) }
    return .message
  }

  /// Bytes before the elements, by version, type and subtype; nil for frames that are not read.
  private static func fixedLength(_ control: UInt8) -> Int? {
    switch control {
    // Beacon and probe response: time, beacon interval, capabilities.
    case 0x80, 0x50: 12
    // Probe request; association request: capabilities, listen interval; reassociation request: also the access point.
    case 0x40: 0
    case 0x00: 4
    case 0x20: 10
    default: nil
    }
  }

  /// Reports the name of a network. Hidden networks announce an empty name or zeros.
  private func emit(_ ssid: RawSpan, into sink: inout ObservationSink) {
    guard ssid.byteCount <= Self.ssidLimit else { return }
    sink.emit(.wifiSSID, ssid.text())
  }
}
