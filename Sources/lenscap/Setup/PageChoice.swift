import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation

/// Where the page of `serve` is to be, and who is its first manager.
struct PageChoice: Equatable {
  static let standardPort = 8443
  static let none = "none"

  /// As in the configuration.
  var settings = DashboardSettings()
  var publicURL: String?
  /// Nil to invite nobody now.
  var manager: String?

  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads an address of this machine, with a port or without. Refuses those by which guests would reach the page.
  ///
  /// - Parameters:
  ///   - watched: the interfaces to watch.
  ///   - all: those of this machine.
  /// - Returns: what the configuration says: `192.0.2.10:8443`.
  static func listen(_ text: String, watched: [String], among all: [NetworkInterface]) throws(Problem) -> String {
    let (host, port) = try parts(text)
    guard let address = IPAddress(host) else {
      throw Problem(description: "“\(text)” is no address of this machine, such as 192.0.2.10 or 192.0.2.10:8443")
    }
    let listen = address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    if address.isLoopback { return listen }
    let network = "the page belongs to the network of your staff, not to the one that is watched"
    if address.isUnspecified { throw Problem(description: "\(address) is every address, also that of \(listed(watched)): \(network)") }
    if watched.contains("any") { throw Problem(description: "every interface is watched, so \(address) is one of them: \(network)") }
    guard let owner = all.first(where: { $0.addresses.contains(address) }) else {
      throw Problem(description: "\(address) is no address of this machine")
    }
    guard !watched.contains(owner.name) else { throw Problem(description: "\(address) is the address of \(owner.name): \(network)") }
    return listen
  }

  private static func parts(_ text: String) throws(Problem) -> (host: String, port: Int) {
    if IPAddress(text) != nil { return (text, standardPort) }
    var host = Substring(text)
    var port = standardPort
    if let colon = text.lastIndex(of: ":"), text.hasPrefix("[") ? text[..<colon].hasSuffix("]") : true {
      guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
        throw Problem(description: "“\(text)” has no port from 1 to 65535")
      }
      (host, port) = (text[..<colon], number)
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return (String(host), port)
  }

  /// What is offered: this machine alone, then the addresses of the interfaces that are not watched.
  static func offers(watched: [String], among all: [NetworkInterface]) -> [(address: String, of: String)] {
    guard !watched.contains("any") else { return [] }
    return all.filter { $0.isUp && !$0.isLoopback && $0.isNetwork && !watched.contains($0.name) }.flatMap { interface in
      // A link-local address needs the interface's name behind it, which no browser takes.
      interface.addresses.filter { !$0.isLinkLocal }.map { ("\($0)", interface.name) }
    }
  }

  /// A loopback address with the first port on which nothing listens: other programs like this one, too.
  static var free: String {
    let port = (standardPort..<standardPort + 20).first(where: isFree) ?? standardPort
    return "127.0.0.1:\(port)"
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var one: Int32 = 1
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// The part of the configuration.
  var yaml: String {
    let more = [
      settings.certificate.map { "  certificate: \(yamlQuoted($0))" }, settings.key.map { "  key: \(yamlQuoted($0))" },
      settings.twoPeople ? "  two_people: true" : nil,
    ].compactMap { $0 }
    return (["dashboard:", "  listen: \(yamlQuoted(settings.listen))"] + more).joined(separator: "\n")
  }
}
