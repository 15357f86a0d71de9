/// WS-Discovery (OASIS WS-DD 1.1 sections 4 to 6, and the drafts of 2005 that ONVIF uses, ONVIF Core Specification section 7.3): SOAP
/// over UDP in which a device says what it is.
///
/// Cameras, encoders, recorders and door stations of ONVIF, but printers, scanners and Windows computers too: types and scopes tell
/// them apart. Hello, ProbeMatches and ResolveMatches are about their sender; Probe and Resolve are a search, and Bye says nothing new.
/// A discovery proxy answers for others.
public struct WSDiscoveryRecognizer: Recognizer {
  /// Types and scopes reported of one message, and elements looked at.
  static let typeLimit = 16
  static let scopeLimit = 32
  static let elementLimit = 512

  public let name = "ws-discovery"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  private enum Kind { case announcement, other }

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    // Answers go to the port that the search came from, from whichever port: there the namespace must be named.
    guard Self.isXML(bytes), message.hasPort(3702) || bytes.contains("/discovery") else { return .notMine }
    var elements = XMLElements(bytes)
    var kind: Kind?
    var isEnvelope = false
    var report = Report()
    for _ in 0..<Self.elementLimit {
      guard let element = elements.next() else { break }
      if !isEnvelope {
        guard elements.isNamed(element, "Envelope") else { return .notMine }
        isEnvelope = true
      }
      if kind == nil { kind = Self.kind(of: element, in: elements) }
      guard kind == .announcement else { continue }
      if elements.isNamed(element, "Types") {
        for word in Words(of: element, in: bytes) { report.addType(elements.text(word), limit: Self.typeLimit) }
      } else if elements.isNamed(element, "Scopes") {
        for word in Words(of: element, in: bytes) { report.addScope(elements.text(word, limit: 512), limit: Self.scopeLimit) }
      }
    }
    guard isEnvelope else { return .notMine }
    for type in report.types { sink.emit(.wsdTypes, type) }
    for scope in report.scopes { sink.emit(.wsdScopes, scope) }
    return .message
  }

  private static func isXML(_ bytes: RawSpan) -> Bool {
    // A byte order mark may come first.
    let text = bytes.starts(with: "\u{FEFF}") ? bytes.slice(3) : bytes
    return text.slice(0, 64).trimmed.starts(with: "<")
  }

  /// The first element that names a message of the protocol decides; the action in the header is an address, not an element.
  private static func kind(of element: XMLElements.Element, in elements: borrowing XMLElements) -> Kind? {
    if elements.isNamed(element, "Hello") || elements.isNamed(element, "ProbeMatches") || elements.isNamed(element, "ResolveMatches") {
      return .announcement
    }
    let isOther = elements.isNamed(element, "Probe") || elements.isNamed(element, "Resolve") || elements.isNamed(element, "Bye")
    return isOther ? .other : nil
  }

  /// What one message says, each thing once.
  private struct Report {
    private(set) var types: [String] = []
    private(set) var scopes: [String] = []

    /// A qualified name: its prefix is the document's own choice.
    mutating func addType(_ name: String, limit: Int) {
      let local = name.split(separator: ":").last.map(String.init) ?? ""
      if !local.isEmpty, types.count < limit, !types.contains(local) { types.append(local) }
    }

    mutating func addScope(_ scope: String, limit: Int) {
      let scope = Self.percentDecoded(scope)
      if !scope.isEmpty, scopes.count < limit, !scopes.contains(scope) { scopes.append(scope) }
    }

    /// RFC 3986 section 2.1; what is no encoding stays.
    private static func percentDecoded(_ text: String) -> String {
      guard text.utf8.contains(0x25) else { return text }
      let units = Array(text.utf8)
      var decoded: [UInt8] = []
      var index = 0
      while index < units.count {
        if units[index] == 0x25, index + 2 < units.count, let high = digit(units[index + 1]), let low = digit(units[index + 2]) {
          decoded.append(high << 4 | low)
          index += 3
        } else {
          decoded.append(units[index])
          index += 1
        }
      }
      return unsafe decoded.span.bytes.text()
    }

    private static func digit(_ unit: UInt8) -> UInt8? {
      if unit &- 0x30 < 10 { return unit &- 0x30 }
      let letter = asciiLowercased(unit) &- 0x61
      return letter < 6 ? letter + 10 : nil
    }
  }

  /// The words of an element's text, each as an element of its own. A word that ends with the capture may be cut and is left out.
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
        guard byte == 0x20 || byte &- 0x09 < 5 || position == element.text.upperBound else { continue }
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
