/// SNMP (RFC 1157, 3416) on ports 161 and 162: the description of a device in its unencrypted answers. Printers, switches, access points
/// and professional cameras and recorders answer; questions are not reported.
public struct SNMPRecognizer: Recognizer {
  /// Variables read of one answer.
  static let variableLimit = 64
  /// sysDescr.0 (RFC 3418): 1.3.6.1.2.1.1.1.0
  private static let systemDescription: [UInt8] = [0x2B, 6, 1, 2, 1, 1, 1, 0]

  public let name = "snmp"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(161) || message.hasPort(162), bytes.byteCount >= 5, bytes.u8(0) == 0x30 else { return .notMine }
    do throws(DecodeError) { try Self.report(bytes, into: &sink) } catch {}
    return .message
  }

  private static func report(_ bytes: RawSpan, into sink: inout ObservationSink) throws(DecodeError) {
    var outer = DERReader(bytes)
    var message = DERReader(try outer.next(.sequence))
    let version = try message.next(.integer)
    // Versions 1 and 2c. Version 3 has another header and encryption.
    guard version.byteCount == 1, version.u8(0) <= 1 else { return }
    _ = try message.next(.octetString)  // community
    var response = DERReader(try message.next(.context(2, isConstructed: true)))
    for _ in 0..<3 { _ = try response.next(.integer) }  // request-id, error-status, error-index
    var variables = DERReader(try response.next(.sequence))
    for _ in 0..<variableLimit where !variables.isAtEnd {
      var variable = DERReader(try variables.next(.sequence))
      let identifier = try variable.next(.objectIdentifier)
      let value = try variable.next()
      guard identifier.byteCount == systemDescription.count, identifier.array == systemDescription, value.tag == .octetString else {
        continue
      }
      return sink.emit(.snmpDescription, value.contents.collapsedText())
    }
  }
}
