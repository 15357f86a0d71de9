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
    guard message.hasPort(5353), var dns = DNSMessage(decoding: message.payload) else { return .notMine }
    guard dns.isStandardQuery else { return .message }
    var report = Report()
    while let record = dns.nextRecord(), report.items.count < Self.observationLimit {
      if dns.isResponse {
        report.read(answer: record, of: &dns)
      } else if record.section == .authority {
        report.read(host: record, of: &dns)
      }
    }
    for item in report.items { sink.emit(item.field, item.text) }
    if dns.isCostly { sink.noteCostlyNames() }
    return .message
  }

  /// The facts in one message, each once. A text is made of a fact only where it is new.
  private struct Report {
    private(set) var items: [(field: Field, text: String)] = []
    private var texts = 0
    private var known: [UInt64] = []
    /// The labels of the names at hand: where they are in the message.
    private var owner: [Int] = []
    private var target: [Int] = []

    mutating func read(answer record: DNSMessage.Record, of dns: inout DNSMessage) {
      switch record.type {
      case .ptr: read(pointer: record, of: &dns)
      case .txt:
        if dns.findLabels(at: record.name, &owner) { add(instance: owner, dns) }
        if texts >= MDNSRecognizer.textLimit { return }
        for text in dns.strings(of: record, limit: MDNSRecognizer.textLimit) where texts < MDNSRecognizer.textLimit {
          texts += 1
          if isNew(.mdnsText, FNV1a.hash(text)) { add(.mdnsText, text) }
        }
      default: read(host: record, of: &dns)
      }
    }

    /// Reads service records and addresses, which name a host.
    mutating func read(host record: DNSMessage.Record, of dns: inout DNSMessage) {
      guard record.type == .srv || record.type == .a || record.type == .aaaa, dns.findLabels(at: record.name, &owner) else { return }
      guard record.type == .srv else { return add(host: owner, dns) }
      add(instance: owner, dns)
      // The host follows priority, weight and port (RFC 2782).
      if record.data.count > 6, dns.findLabels(at: record.data.lowerBound + 6, &target) { add(host: target, dns) }
    }

    private mutating func read(pointer record: DNSMessage.Record, of dns: inout DNSMessage) {
      guard dns.findLabels(at: record.name, &owner) else { return }
      // Of a record that was cut, the type of the service is left.
      guard dns.findLabels(at: record.data.lowerBound, &target) else { return add(service: owner, dns) }
      if let last = owner.last, dns.label(at: last).isSame(as: "arpa") { return add(host: target, dns) }
      // `_services._dns-sd._udp` lists types (RFC 6763 section 9); types and subtypes (section 7.1) list instances.
      if let first = owner.first, dns.label(at: first).isSame(as: "_services") {
        add(service: target, dns)
      } else {
        add(instance: target, dns)
      }
    }

    private mutating func add(_ field: Field, _ text: String) {
      if !text.isEmpty { items.append((field, text)) }
    }

    private mutating func isNew(_ field: Field, _ hash: UInt64) -> Bool {
      let hash = hash ^ UInt64(field.number) << 56
      if known.contains(hash) { return false }
      known.append(hash)
      return true
    }

    /// Adds the service in `_axis-video._tcp.local`, which other labels may precede.
    private mutating func add(service labels: [Int], _ dns: borrowing DNSMessage) {
      guard let transport = Self.transport(in: labels, dns), transport > 0 else { return }
      let type = dns.label(at: labels[transport - 1])
      // `_dns-sd` is service discovery itself.
      guard type.starts(with: "_"), !type.isSame(as: "_dns-sd"), isNew(.mdnsService, Self.hash(labels[transport - 1...transport], dns))
      else { return }
      add(.mdnsService, type.text(limit: 63) + "." + dns.label(at: labels[transport]).text(limit: 63))
    }

    /// Adds `Camera at the door._axis-video._tcp.local`: one label of free text, then the service.
    private mutating func add(instance labels: [Int], _ dns: borrowing DNSMessage) {
      guard let transport = Self.transport(in: labels, dns), transport > 1 else { return }
      add(service: labels, dns)
      let name = dns.label(at: labels[0])
      if transport == 2, !name.starts(with: "_"), isNew(.mdnsName, Self.hash(labels[..<1], dns)) { add(.mdnsName, name.text(limit: 63)) }
    }

    private mutating func add(host labels: [Int], _ dns: borrowing DNSMessage) {
      guard Self.transport(in: labels, dns) == nil, let last = labels.last else { return }
      let name = dns.label(at: last).isSame(as: "local") ? labels.dropLast() : labels[...]
      guard isNew(.mdnsName, Self.hash(name, dns)) else { return }
      add(.mdnsName, name.map { dns.label(at: $0).text(limit: 63) }.joined(separator: "."))
    }

    private static func transport(in labels: [Int], _ dns: borrowing DNSMessage) -> Int? {
      var index = labels.count
      while index > 0 {
        index -= 1
        // All four bytes long: most labels differ in that.
        guard dns.bytes.u8(labels[index]) == 4 else { continue }
        let label = dns.label(at: labels[index])
        if label.isSame(as: "_tcp") || label.isSame(as: "_udp") { return index }
      }
      return nil
    }

    private static func hash(_ labels: ArraySlice<Int>, _ dns: borrowing DNSMessage) -> UInt64 {
      var hash = FNV1a()
      for place in labels {
        let label = dns.label(at: place)
        for index in 0..<label.byteCount { hash.add(label.u8(index)) }
        hash.add(0)
      }
      return hash.value
    }
  }
}

extension RawSpan {
  /// The text in any case; `text` must be in lower case.
  fileprivate func isSame(as text: StaticString) -> Bool { byteCount == text.utf8CodeUnitCount && startsIgnoringCase(text) }
}
