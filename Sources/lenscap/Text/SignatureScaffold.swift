import Detection

/// A file of signatures to be finished by hand.
struct SignatureScaffold {
  struct Draft: Equatable {
    let id: String
    let facet: Facet
    let match: String
    let because: String
    let gives: String?
    let example: String
  }

  let vendor: String
  /// Names of the captures; empty for an example.
  let capture: String
  private(set) var signatures: [Draft] = []

  /// Drafts for one field at most; a device may offer dozens of services.
  private static let limitPerField = 4

  init(vendor: String, capture: String, _ observations: [Observation]) {
    self.vendor = vendor
    self.capture = capture
    var used: [String: Int] = [:]
    for observation in observations where Self.isOfUse(observation) {
      guard used[observation.field.rawValue, default: 0] < Self.limitPerField else { continue }
      let draft = draft(observation)
      guard !signatures.contains(where: { $0.match == draft.match }) else { continue }
      used[observation.field.rawValue, default: 0] += 1
      signatures.append(draft)
    }
  }

  /// An example to edit, for use without a capture.
  static func example(vendor: String) -> SignatureScaffold {
    let name = Observation(field: .dhcpHostname, text: slug(vendor).uppercased() + "-CAM-0123456789AB", subject: Station())
    return SignatureScaffold(vendor: vendor, capture: "", [name])
  }

  /// `D-Link` → `d-link`
  static func slug(_ text: String) -> String {
    let mapped = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(mapped).split(separator: "-").joined(separator: "-")
  }

  // MARK: Useful observations

  /// True if the observation identifies the device or the servers it looks up, unlike the ciphers it supports.
  static func isOfUse(_ observation: Observation) -> Bool {
    facet(of: observation.field) != nil && !isCommon(observation.text)
  }

  /// True for values that UPnP and DNS-SD require of every device.
  private static func isCommon(_ text: String) -> Bool {
    text.hasPrefix("uuid:") || text.hasPrefix("upnp:") || text == "_http._tcp" || text == "path=/"
  }

  private static func facet(of field: Field) -> Facet? {
    switch field {
    case .ethernetOUI: .maker
    case .dhcpHostname, .dhcpVendorClass, .wifiSSID, .nbnsName: .name
    case .mdnsService, .mdnsName, .mdnsText, .ssdpType, .ssdpServer, .ssdpModel, .ssdpName, .ssdpManufacturer, .wsdScopes, .onvifDevice,
      .dahuaModel, .sadpDescription, .eventModel, .dvripDevice, .dvripModel, .hdsModel, .tpLinkModel, .mqttClientID, .udpPayload,
      .tcpPayload, .lldpSystemName, .lldpSystemDescription, .lldpManufacturer, .lldpModel, .cdpDeviceID, .cdpPlatform, .wpsModel,
      .wpsDeviceName:
      .discovery
    case .httpServer, .httpRealm, .httpTitle, .httpHeader, .rtspServer, .rtspRealm, .sdpTool, .sdpSession, .tlsCertificateSubject,
      .ftpBanner, .telnetBanner, .sshBanner, .snmpDescription:
      .control
    case .dnsQuery, .tlsServerName, .quicServerName, .httpHost: .cloud
    default: nil
    }
  }

  private func draft(_ observation: Observation) -> Draft {
    let (field, text) = (observation.field, observation.text)
    let facet = Self.facet(of: field) ?? .behaviour
    let isDomain = Field.domain.contains(field)
    let zone = Self.zone(of: text)
    let subject = isDomain ? Self.slug(zone) : Self.slug(field.rawValue)
    let base = "\(Self.slug(vendor))-\(subject)"
    let sameID = signatures.count { $0.id == base || $0.id.hasPrefix(base + "-") }
    let id = sameID == 0 ? base : "\(base)-\(sameID + 1)"
    let name = Self.escaped(vendor)
    if field.isPayload {
      let bytes = observation.bytes.prefix(48).hexDigits
      let ports = "port: \(observation.peerPort), length: \(observation.length)"
      return Draft(
        id: id, facet: facet, match: "\(field.rawValue): { bytes: \(Self.quoted(String(bytes.prefix(8)))), port: \(observation.peerPort) }",
        because: "uses a protocol of \(name)", gives: nil, example: "\(field.rawValue): \(Self.quoted(bytes)), \(ports)")
    }
    let test =
      switch field {
      case .ethernetOUI: "{ prefix: \(Self.quoted(String(text.prefix(6)))) }"
      case _ where isDomain: "{ under: \(Self.quoted(zone)) }"
      default: Self.test(of: text)
      }
    let because =
      switch facet {
      case .maker: "has a MAC address of \(name)"
      case .cloud: "looks up {value}, a server of \(name)"
      case .name where field == .dhcpHostname: "sends the DHCP host name \\\"{value}\\\", a \(name) device"
      case .name, .discovery: "announces itself as \\\"{value}\\\", a \(name) device"
      default: "its services identify it as \\\"{value}\\\", a \(name) device"
      }
    let model: Set<Field> = [.ssdpModel, .wpsModel, .dahuaModel, .dvripModel, .tpLinkModel, .hdsModel, .onvifDevice]
    return Draft(
      id: id, facet: facet, match: "\(isDomain ? "domain" : field.rawValue): \(test)", because: because,
      gives: model.contains(field) ? "{ model: value }" : nil, example: "\(field.rawValue): \(Self.quoted(text))")
  }

  /// A test for the whole value, with wildcards for serial numbers: runs of six or more hexadecimal digits, at least one of them decimal.
  private static func test(of text: String) -> String {
    var pattern = ""
    var run = ""
    var isOpen = false
    func flush() {
      let isOwn = run.utf8.count >= 6 && run.contains(where: \.isNumber) && run.allSatisfy { $0.isHexDigit || $0.isNumber }
      pattern += isOwn ? "*" : run
      if isOwn { isOpen = true }
      run = ""
    }
    for character in text {
      if character.isASCII, character.isLetter || character.isNumber {
        run.append(character)
      } else {
        flush()
        // A wildcard character cannot be escaped: `?` matches it, among others.
        pattern.append("*?#".contains(character) ? "?" : character)
        isOpen = isOpen || "*?#".contains(character)
      }
    }
    flush()
    return isOpen ? "{ like: \(quoted(pattern)) }" : "{ equals: \(quoted(text)) }"
  }

  /// The last two labels, or three if the last but one is short: `p2p.homeeye.co.uk` → `homeeye.co.uk`.
  private static func zone(of name: String) -> String {
    let labels = name.split(separator: ".")
    let count = labels.count > 2 && labels[labels.count - 2].count <= 3 ? 3 : 2
    return labels.suffix(count).joined(separator: ".")
  }

  private static func quoted(_ text: String) -> String { "\"" + escaped(text) + "\"" }

  /// For a text in double quotes: YAML 1.1, section 5.6.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").mapInvisible { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  // MARK: The file

  var yaml: String {
    var lines = [
      "# Signatures for \(vendor.forPeople()), drafted by `lenscap signatures new`. Check each: do the maker's app, plugs or hubs "
        + "show this too?",
      "# Then it does not prove a camera: delete it, or leave its strength at `supports`. Use `strong` only for what cameras alone show.",
      "# Fill in counterexamples: similar values that other devices really send in the same field.",
      "vendor: \(Self.quoted(vendor))",
      "signatures:",
    ]
    for draft in signatures {
      lines += [
        "  - id: \(draft.id)",
        "    says: camera",
        "    facet: \(draft.facet.rawValue)",
        "    strength: supports",
        "    match: { \(draft.match) }",
      ]
      if let gives = draft.gives { lines.append("    gives: \(gives)") }
      lines += [
        "    because: \"\(draft.because)\"",
        "    references: [ \(Self.quoted(capture.isEmpty ? "your source" : "own capture, " + capture)) ]",
        "    examples: [ { \(draft.example) } ]",
        "    counterexamples: []",
        "",
      ]
    }
    return lines.joined(separator: "\n")
  }
}
