/// Link-local multicast name resolution (RFC 4795): a host answers for its own name.
///
/// Windows and some small devices use it. A query names the host that is searched, and reveals nothing about its sender. The name in an
/// answer is reported like a host name of multicast DNS.
public struct LLMNRRecognizer: Recognizer {
  /// Records read of one answer.
  static let recordLimit = 8

  public let name = "llmnr"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.hasPort(5355), var dns = DNSMessage(decoding: message.payload) else { return .notMine }
    guard dns.isResponse, dns.isStandardQuery else { return .message }
    var names: [String] = []
    for _ in 0..<Self.recordLimit {
      guard let record = dns.nextRecord() else { break }
      guard record.section == .answer, record.type == .a || record.type == .aaaa else { continue }
      if let name = dns.name(at: record.name), !names.contains(name) { names.append(name) }
    }
    for name in names { sink.emit(.mdnsName, name) }
    return .message
  }
}
