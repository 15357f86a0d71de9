/// What makes stations one device: the MAC address, or the IP address where no MAC of its own is shown.
public struct DeviceID: Hashable, Sendable, CustomStringConvertible {
  public let segment: Segment
  public let mac: MACAddress
  /// Only where `mac` is none.
  public let address: IPAddress

  /// - Parameter address: only looked at where `mac` is none.
  public init(segment: Segment, mac: MACAddress, address: IPAddress) {
    self.segment = segment
    self.mac = mac
    self.address = mac.isNone ? address : .none
  }

  init(segment: Segment, mac: MACAddress) {
    self.segment = segment
    self.mac = mac
    address = .none
  }

  init(segment: Segment, address: IPAddress) {
    self.segment = segment
    mac = .none
    self.address = address
  }

  /// `mac:b0:c5:54:25:5b:0e`, `ip:10.0.0.7`, with `@vlan12` behind it where frames are tagged.
  public var description: String {
    let name = mac.isNone ? "ip:\(address)" : "mac:\(mac)"
    return segment == .untagged ? name : name + "@" + segment.description.filter { $0 != " " }
  }
}

public enum Role: String, Sendable {
  case camera, recorder, viewer, relay, other
}

/// A device as it is known at one moment.
public struct Device: Sendable {
  public let id: DeviceID
  public let addresses: [IPAddress]
  public let hostname: String?
  public let vendor: String?
  public let model: String?
  public let kind: String?
  public let role: Role
  public let weighing: Weighing
  public let verdict: Verdict
  /// Declared by the property.
  public let isKnown: Bool
  public let isRouter: Bool
  /// Where it is, by the site's rules.
  public let room: String?
  public let firstSeen: Timestamp
  public let lastSeen: Timestamp
  public let packetsSent: UInt64
  public let bytesSent: UInt64
  public let bytesReceived: UInt64
  /// Heaviest first, then in the order in which it was seen.
  public let evidence: [Evidence]
  public let streams: [Stream]

  /// There is evidence that it serves or sends video.
  public var streamsVideo: Bool {
    evidence.contains { $0.signature.facet == .media && $0.signature.says.isWeighed }
  }

  /// Media that the device sends.
  public struct Stream: Sendable {
    public let peer: IPAddress
    public let name: String
    public let firstSeen: Timestamp
    public let lastSeen: Timestamp
    public let bytes: UInt64
  }
}
