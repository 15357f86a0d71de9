/// Where a gateway (a box) stands in the chain: its operator, its property, and its own name.
public struct GatewayAddress: Hashable, Sendable, CustomStringConvertible {
  /// Longest name of a tenant or a site.
  public static let nameLimit = 40

  public let tenant: String
  public let site: String
  /// `gw-` and 16 hexadecimal digits in lower case; unique over all tenants.
  public let gateway: String

  /// - Throws: `wrong` with the part that is no such name.
  public init(tenant: String, site: String, gateway: String) throws(ChainError) {
    guard Self.isName(tenant) else { throw .wrong("tenant") }
    guard Self.isName(site) else { throw .wrong("site") }
    guard Self.isGateway(gateway) else { throw .wrong("gateway") }
    (self.tenant, self.site, self.gateway) = (tenant, site, gateway)
  }

  public var description: String { "\(tenant)/\(site)/\(gateway)" }

  public func topic(_ channel: ChainTopic.Channel) -> ChainTopic { ChainTopic(address: self, channel: channel) }

  /// 1 to 40 lower-case letters, digits and hyphens.
  public static func isName(_ text: String) -> Bool {
    (1...nameLimit).contains(text.utf8.count)
      && text.utf8.allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
  }

  public static func isGateway(_ text: String) -> Bool {
    text.hasPrefix("gw-") && text.utf8.count == 19
      && text.utf8.dropFirst(3).allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

/// `lenscap/1/TENANT/SITE/GATEWAY/up/event` and its like. All messages go with QoS 1; only `up/health` is retained, and is the last will.
public struct ChainTopic: Hashable, Sendable, CustomStringConvertible {
  public enum Channel: String, Sendable, CaseIterable {
    case event = "up/event"
    case state = "up/state"
    case health = "up/health"
    case acknowledgement = "down/ack"
    case configuration = "down/config"
    case command = "down/command"

    public var isUp: Bool { rawValue.hasPrefix("up/") }
    public var isRetained: Bool { self == .health }
  }

  /// What all topics of this version begin with.
  public static let prefix = "lenscap/1/"

  public let address: GatewayAddress
  public let channel: Channel

  public init(address: GatewayAddress, channel: Channel) {
    self.address = address
    self.channel = channel
  }

  public var description: String { "\(Self.prefix)\(address)/\(channel.rawValue)" }

  /// - Throws: `wrong("topic")` for a topic that is none of these.
  public init(_ text: String) throws(ChainError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 7, parts[0] == "lenscap", parts[1] == "1", let channel = Channel(rawValue: "\(parts[5])/\(parts[6])") else {
      throw .wrong("topic")
    }
    address = try GatewayAddress(tenant: parts[2], site: parts[3], gateway: parts[4])
    self.channel = channel
  }

  /// What a gateway subscribes to, and what central does.
  public static func filter(down address: GatewayAddress) -> String { "\(prefix)\(address)/down/#" }
  public static let filterUp = "\(prefix)+/+/+/up/#"
}
