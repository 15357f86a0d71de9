/// Device descriptions of UPnP (UPnP Device Architecture 2.0 section 2.3): the XML at SSDP's LOCATION, served over HTTP.
///
/// Routers, televisions, media servers and printers have one too. The control point that fetches the description shows nothing about
/// itself.
enum UPnPDescription {
  /// Elements reported of one description, with those of embedded devices.
  static let elementLimit = 32

  /// Reports a device description about its sender. Returns whether the body is one.
  static func report(_ body: RawSpan, into sink: inout ObservationSink) -> Bool {
    var elements = XMLElements(body)
    var inDevice = false
    var reported = 0
    while let element = elements.next(), reported < elementLimit {
      if elements.isNamed(element, "device") { inDevice = true }
      guard inDevice, let field = field(elements, element) else { continue }
      let text = elements.text(element)
      if text.isEmpty { continue }
      sink.emit(field, text)
      reported += 1
    }
    return reported > 0
  }

  private static func field(_ elements: borrowing XMLElements, _ element: XMLElements.Element) -> Field? {
    if elements.isNamed(element, "modelName") || elements.isNamed(element, "modelDescription")
      || elements.isNamed(element, "modelNumber")
    {
      return .ssdpModel
    }
    if elements.isNamed(element, "friendlyName") { return .ssdpName }
    if elements.isNamed(element, "manufacturer") { return .ssdpManufacturer }
    if elements.isNamed(element, "deviceType") { return .ssdpDeviceType }
    return nil
  }
}

/// Answers of the ONVIF device service over HTTP (ONVIF Core Specification sections 8.3.1 GetDeviceInformation and 8.3.7 GetScopes).
/// Cameras, encoders and recorders send them.
enum ONVIFAnswer {
  static let scopeLimit = 32

  /// Reports such an answer about its sender. Returns whether the body is one.
  static func report(_ body: RawSpan, into sink: inout ObservationSink) -> Bool {
    var elements = XMLElements(body)
    var kind: Kind?
    var maker = ""
    var model = ""
    var scopes = 0
    while let element = elements.next() {
      if elements.isNamed(element, "GetDeviceInformationResponse") { kind = .information }
      if elements.isNamed(element, "GetScopesResponse") { kind = .scopes }
      switch kind {
      case .information where elements.isNamed(element, "Manufacturer"): maker = elements.text(element)
      case .information where elements.isNamed(element, "Model"): model = elements.text(element)
      case .scopes where elements.isNamed(element, "ScopeItem") && scopes < scopeLimit:
        sink.emitScope(elements.text(element))
        scopes += 1
      default: break
      }
    }
    sink.emit(.onvifDevice, [maker, model].filter { !$0.isEmpty }.joined(separator: " "))
    return kind != nil
  }

  private enum Kind { case information, scopes }
}
