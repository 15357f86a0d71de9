/// WS-Discovery (OASIS WS-DD 1.1 sections 4 to 6, and the drafts of 2005 that ONVIF uses, ONVIF Core Specification section 7.3): devices
/// describe themselves in SOAP over UDP.
///
/// Cameras, encoders, recorders and door stations with ONVIF use it, but also printers, scanners and Windows computers; types and scopes
/// distinguish them. Hello, ProbeMatches and ResolveMatches are about their sender; Probe and Resolve are searches, and Bye contains
/// nothing new. A discovery proxy answers for others.
public struct WSDiscoveryRecognizer: Recognizer {
  /// Types and scopes reported of one message, and elements read.
  static let typeLimit = 16
  static let scopeLimit = 32
  static let elementLimit = 512
  /// Namespaces reported of a message of which the capture lacks the types.
  static let namespaceLimit = 4

  public let name = "ws-discovery"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  private enum Kind { case announcement, other }

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    // Answers use any ports, so on other ports than the usual one the namespace must be there.
    guard Self.isXML(bytes), message.hasPort(3702) || bytes.contains("/discovery") else { return .notMine }
    var elements = XMLElements(bytes)
    var kind: Kind?
    var isEnvelope = false
    var isAnswer = message.source.port == 3702 && message.destination.port != 3702
    var report = Report()
    for _ in 0..<Self.elementLimit {
      guard let element = elements.next() else { break }
      if !isEnvelope {
        guard elements.isNamed(element, "Envelope") else { return .notMine }
        isEnvelope = true
      }
      if kind == nil { kind = Self.kind(of: element, in: elements) }
      // Only answers relate to another message; the action names a message before its body begins.
      if elements.isNamed(element, "RelatesTo") || elements.isNamed(element, "Action") && Self.isAnnounced(elements.text(element)) {
        isAnswer = true
      }
      guard kind == .announcement else { continue }
      if elements.isNamed(element, "Types") {
        let prefix = Self.devicePrefix(in: bytes)
        for word in Words(of: element, in: bytes) { report.addType(elements.text(word), devicePrefix: prefix, limit: Self.typeLimit) }
      } else if elements.isNamed(element, "Scopes") {
        for word in Words(of: element, in: bytes) { report.addScope(elements.text(word, limit: 512), limit: Self.scopeLimit) }
      }
    }
    let isCut = message.payload.byteCount < message.length || !Self.isComplete(bytes)
    guard isEnvelope || isCut && bytes.slice(0, Self.headLimit).contains("Envelope") else { return .notMine }
    if isCut, report.types.isEmpty, kind == .announcement || kind == nil && isAnswer {
      for namespace in Self.namespaces(in: bytes) { sink.emit(.wsdNamespace, namespace) }
    }
    for type in report.types { sink.emit(.wsdTypes, type) }
    for scope in report.scopes { sink.emitScope(scope) }
    return .message
  }

  /// Bytes within which the envelope begins.
  private static let headLimit = 128

  /// The action of a Hello or an answer: `http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches`.
  private static func isAnnounced(_ action: String) -> Bool {
    action.hasSuffix("/Hello") || action.hasSuffix("Matches")
  }

  /// The text ends with the end of its envelope.
  private static func isComplete(_ bytes: RawSpan) -> Bool {
    let text = bytes.trimmed
    return text.slice(text.byteCount - 16).contains("Envelope>")
  }

  /// ONVIF's namespaces that the document declares (ONVIF Core Specification section 4.3). Its devices and its clients declare them.
  private static func namespaces(in bytes: RawSpan) -> [String] {
    var found: [String] = []
    var start = 0
    while found.count < namespaceLimit, let at = bytes.firstIndex(of: "http://www.onvif.org/ver", from: start) {
      guard let end = bytes.firstIndex(of: ASCII.quote, from: at) else { break }
      let namespace = bytes.slice(at, end - at).text(limit: 96)
      if !found.contains(namespace) { found.append(namespace) }
      start = end
    }
    return found
  }

  private static func isXML(_ bytes: RawSpan) -> Bool {
    // A byte order mark may precede the text.
    let text = bytes.starts(with: "\u{FEFF}") ? bytes.slice(3) : bytes
    return text.slice(0, 64).trimmed.starts(with: "<")
  }

  /// The kind of the message, by the first element that names one. The action in the header is an address and not an element.
  private static func kind(of element: XMLElements.Element, in elements: borrowing XMLElements) -> Kind? {
    if elements.isNamed(element, "Hello") || elements.isNamed(element, "ProbeMatches") || elements.isNamed(element, "ResolveMatches") {
      return .announcement
    }
    let isOther = elements.isNamed(element, "Probe") || elements.isNamed(element, "Resolve") || elements.isNamed(element, "Bye")
    return isOther ? .other : nil
  }

  /// The prefix that a message declares for ONVIF's namespace of devices; the usual one where the declaration is missing.
  private static func devicePrefix(in bytes: RawSpan) -> String {
    guard let name = bytes.firstIndex(of: "http://www.onvif.org/ver10/device"), name > 2, bytes.u8(name - 2) == ASCII.equals else {
      return "tds"
    }
    var start = name - 2
    while start > 0, ASCII.isAlphanumeric(bytes.u8(start - 1)) { start -= 1 }
    return bytes.slice(start, name - 2 - start).text()
  }

  /// The facts in one message, each once.
  private struct Report {
    private(set) var types: [String] = []
    private(set) var scopes: [String] = []

    /// Adds a qualified name without its prefix, which each document chooses. Printers have a type `Device` too: ONVIF's keeps the prefix
    /// that its documents use.
    ///
    mutating func addType(_ name: String, devicePrefix: String, limit: Int) {
      let parts = name.split(separator: ":")
      var local = parts.last.map(String.init) ?? ""
      if local == "Device", parts.first.map(String.init) == devicePrefix { local = "tds:Device" }
      if !local.isEmpty, types.count < limit, !types.contains(local) { types.append(local) }
    }

    mutating func addScope(_ scope: String, limit: Int) {
      let scope = Self.percentDecoded(scope)
      if !scope.isEmpty, scopes.count < limit, !scopes.contains(scope) { scopes.append(scope) }
    }

    /// Decodes percent encoding (RFC 3986 section 2.1) where it is valid.
    private static func percentDecoded(_ text: String) -> String {
      guard text.utf8.contains(ASCII.percent) else { return text }
      let units = Array(text.utf8)
      var decoded: [UInt8] = []
      var index = 0
      while index < units.count {
        if units[index] == ASCII.percent, index + 2 < units.count, let high = ASCII.hexValue(units[index + 1]),
          let low = ASCII.hexValue(units[index + 2])
        {
          decoded.append(high << 4 | low)
          index += 3
        } else {
          decoded.append(units[index])
          index += 1
        }
      }
      return unsafe decoded.span.bytes.text()
    }
  }

  /// The words of an element's text, each as an element. A word at the end of the capture may be cut and is left out.
  private struct Words: Sequence, IteratorProtocol {
    private let element: XMLElements.Element
    private let ranges: [Range<Int>]
    private var index = 0

    init(of element: XMLElements.Element, in bytes: RawSpan) {
      self.element = element
      var ranges: [Range<Int>] = []
      var start = element.text.lowerBound
      for position in element.text.lowerBound...element.text.upperBound where position < bytes.byteCount {
        let byte = bytes.u8(position)
        guard ASCII.isWhitespace(byte) || position == element.text.upperBound else { continue }
        if position > start { ranges.append(start..<position) }
        start = position + 1
        if ranges.count >= WSDiscoveryRecognizer.typeLimit + WSDiscoveryRecognizer.scopeLimit { break }
      }
      self.ranges = ranges
    }

    mutating func next() -> XMLElements.Element? {
      guard index < ranges.count else { return nil }
      defer { index += 1 }
      return XMLElements.Element(name: element.name, text: ranges[index])
    }
  }
}

extension ObservationSink {
  /// Adds a scope of the sender (ONVIF Core Specification section 7.3.2.2). Model and name come before it without the words in front:
  /// series of models are tested alike there and in other names.
  mutating func emitScope(_ scope: String) {
    for (field, prefix) in [(Field.onvifHardware, "onvif://www.onvif.org/hardware/"), (.onvifName, "onvif://www.onvif.org/name/")]
    where scope.hasPrefix(prefix) { emit(field, String(scope.dropFirst(prefix.count))) }
    emit(.wsdScopes, scope)
  }
}
