/// Multicast DNS (RFC 6762) with service discovery (RFC 6763): the services and names that a device announces.
///
/// Every device searches: a question for `_axis-video._tcp` comes from a phone that looks for cameras, and the answers in that query are
/// those that the phone knows already (RFC 6762 section 7.1). So only responses count, and of a query the names that its sender is about
/// to take (section 8.2, the authority section of a probe). Printers, televisions, speakers, phones and computers announce themselves too;
/// sleep proxies and reflectors between networks answer for others.
public struct MDNSRecognizer: Recognizer {
  /// Observations of one message, and TXT strings among them.
  static let observationLimit = 128
  static let textLimit = 32

  public let name = "mdns"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.hasPort(5353), let dns = DNSMessage(decoding: message.payload) else { return .notMine }
    guard dns.isStandardQuery else { return .message }
    var report = Report()
    var records = copy dns
    while let record = records.nextRecord(), report.items.count < Self.observationLimit {
      if dns.isResponse {
        Self.readAnswer(record, of: dns, into: &report)
      } else if record.section == .authority {
        Self.readHost(record, of: dns, into: &report)
      }
    }
    for item in report.items { sink.emit(item.field, item.text) }
    return .message
  }

  private static func readAnswer(_ record: DNSMessage.Record, of dns: borrowing DNSMessage, into report: inout Report) {
    switch record.type {
    case .ptr: readPointer(record, of: dns, into: &report)
    case .txt:
      if let owner = dns.labels(at: record.name) { report.add(instance: owner) }
      for text in dns.strings(of: record, limit: textLimit) where report.texts < textLimit {
        report.texts += 1
        report.add(.mdnsText, text)
      }
    default: readHost(record, of: dns, into: &report)
    }
  }

  /// Reads service records and addresses, which name a host.
  private static func readHost(_ record: DNSMessage.Record, of dns: borrowing DNSMessage, into report: inout Report) {
    guard record.type == .srv || record.type == .a || record.type == .aaaa, let owner = dns.labels(at: record.name) else { return }
    guard record.type == .srv else { return report.add(host: owner) }
    report.add(instance: owner)
    // The host follows priority, weight and port (RFC 2782).
    if record.data.count > 6, let host = dns.labels(at: record.data.lowerBound + 6) { report.add(host: host) }
  }

  private static func readPointer(_ record: DNSMessage.Record, of dns: borrowing DNSMessage, into report: inout Report) {
    guard let owner = dns.labels(at: record.name) else { return }
    // Of a record that was cut, the type of the service is left.
    guard let target = dns.labels(at: record.data.lowerBound) else { return report.add(service: owner) }
    if let last = owner.last, last.lowercased() == "arpa" { return report.add(host: target) }
    // `_services._dns-sd._udp` lists types (RFC 6763 section 9); types and subtypes (section 7.1) list instances.
    if owner.first?.lowercased() == "_services" {
      report.add(service: target)
    } else {
      report.add(instance: target)
    }
  }

  /// The facts in one message, each once.
  private struct Report {
    private(set) var items: [(field: Field, text: String)] = []
    var texts = 0

    mutating func add(_ field: Field, _ text: String) {
      guard !text.isEmpty, !items.contains(where: { $0.field == field && $0.text == text }) else { return }
      items.append((field, text))
    }

    /// Adds the service in `_axis-video._tcp.local`, which other labels may precede.
    mutating func add(service labels: [String]) {
      guard let transport = Self.transport(in: labels), transport > 0 else { return }
      let type = labels[transport - 1]
      // `_dns-sd` is service discovery itself.
      guard type.hasPrefix("_"), type.lowercased() != "_dns-sd" else { return }
      add(.mdnsService, type + "." + labels[transport])
    }

    /// Adds `Camera at the door._axis-video._tcp.local`: one label of free text, then the service.
    mutating func add(instance labels: [String]) {
      guard let transport = Self.transport(in: labels), transport > 1 else { return }
      add(service: labels)
      if transport == 2, !labels[0].hasPrefix("_") { add(.mdnsName, labels[0]) }
    }

    mutating func add(host labels: [String]) {
      guard Self.transport(in: labels) == nil else { return }
      let isLocal = labels.last?.lowercased() == "local"
      add(.mdnsName, (isLocal ? labels.dropLast() : labels[...]).joined(separator: "."))
    }

    private static func transport(in labels: [String]) -> Int? {
      labels.lastIndex { ["_tcp", "_udp"].contains($0.lowercased()) }
    }
  }
}
