import WebDesk

extension PageFrame {
  /// The pages that somebody with these rights may open.
  static func pages(_ rights: Rights) -> [(path: String, name: String)] {
    var pages = [("/", Words.now), ("/cases", Words.cases), ("/devices", Words.devices), ("/rooms", Words.rooms)]
    pages += [("/coverage", Words.coverage), ("/signatures", Words.signatures)]
    if rights.contains(.deliveries) { pages.append(("/deliveries", Words.deliveries)) }
    if rights.contains(.audit) { pages += [("/certificates", Words.certificates), ("/audit", Words.audit)] }
    return pages.map { (path: $0.0, name: $0.1) }
  }
}
