/// An address and port to listen on, as in the configuration: `127.0.0.1:9476`, `[::1]:9476`.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  public let host: String
  /// 0: any free port.
  public let port: Int

  public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

  /// Nil for a text that is not an address and a port.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else {
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
    guard !host.isEmpty else { return nil }
    self.init(host: host, port: port)
  }

  /// True for addresses that other machines do not reach.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  public var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
