/// The identity of a device: its MAC address, or its IP address where packets show no MAC address of its own.
public struct DeviceID: PacketKey, Sendable, CustomStringConvertible {
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

  public var words: (UInt64, UInt64) { (mac.bits ^ address.words.0 ^ spread(segment.bits), address.words.1) }

  /// `mac:b0:c5:54:25:5b:0e`, `ip:10.0.0.7`, with `@vlan12` behind it where frames are tagged.
  public var description: String {
    let name = mac.isNone ? "ip:" + address.description : "mac:" + mac.description
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
  /// Probability that it is a camera, 0 to 1.
  public let confidence: Double
  /// The property declared it as its own.
  public let isDeclared: Bool
  public let isRouter: Bool
  /// Its room, by the site's rules.
  public let room: String?
  public let firstSeen: Timestamp
  public let lastSeen: Timestamp
  public let packetsSent: UInt64
  public let bytesSent: UInt64
  public let bytesReceived: UInt64
  /// Heaviest first, then in the order in which it was seen.
  public let evidence: [Evidence]
  public let streams: [Stream]
  public let deviceClass: DeviceClass
  /// The reasons for its class, heaviest first.
  public let classReasons: [ClassReason]
  /// Its present or latest upload that could be video.
  public let traffic: Traffic?
  /// It had such uploads in several hours of the last day.
  public let uploadsForHours: Bool
  /// The alert of the invented cameras that it is one of.
  public internal(set) var group: String?

  /// - Parameters:
  ///   - verdict: that of the weighing, if nil.
  ///   - confidence: that of the weighing, if nil.
  public init(
    id: DeviceID, addresses: [IPAddress], hostname: String?, vendor: String?, model: String?, kind: String?, role: Role,
    weighing: Weighing, verdict: Verdict? = nil, confidence: Double? = nil, isDeclared: Bool, isRouter: Bool, room: String?,
    firstSeen: Timestamp, lastSeen: Timestamp, packetsSent: UInt64, bytesSent: UInt64, bytesReceived: UInt64, evidence: [Evidence],
    streams: [Stream], deviceClass: DeviceClass = .unknown, classReasons: [ClassReason] = [], traffic: Traffic? = nil,
    uploadsForHours: Bool = false
  ) {
    self.id = id
    self.addresses = addresses
    self.hostname = hostname
    self.vendor = vendor
    self.model = model
    self.kind = kind
    self.role = role
    self.weighing = weighing
    self.verdict = verdict ?? weighing.verdict
    self.confidence = confidence ?? weighing.probability
    self.isDeclared = isDeclared
    self.isRouter = isRouter
    self.room = room
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.packetsSent = packetsSent
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.evidence = evidence
    self.streams = streams
    self.deviceClass = deviceClass
    self.classReasons = classReasons
    self.traffic = traffic
    self.uploadsForHours = uploadsForHours
  }

  /// The same after the clock was set back. Times of evidence are those that its packets bear.
  func moved(by step: Nanoseconds) -> Device {
    let evidence = evidence.map { item in
      var item = item
      item.validUntil = item.validUntil.map { $0 + step }
      return item
    }
    return Device(
      id: id, addresses: addresses, hostname: hostname, vendor: vendor, model: model, kind: kind, role: role, weighing: weighing,
      isDeclared: isDeclared, isRouter: isRouter, room: room, firstSeen: min(firstSeen, lastSeen + step), lastSeen: lastSeen + step,
      packetsSent: packetsSent, bytesSent: bytesSent, bytesReceived: bytesReceived, evidence: evidence, streams: streams,
      deviceClass: deviceClass, classReasons: classReasons, traffic: traffic, uploadsForHours: uploadsForHours)
  }

  /// The same with other counts and evidence.
  func recounted(packetsSent: UInt64, bytesSent: UInt64, bytesReceived: UInt64, evidence: [Evidence]) -> Device {
    Device(
      id: id, addresses: addresses, hostname: hostname, vendor: vendor, model: model, kind: kind, role: role,
      weighing: Weighing(evidence.map(\.weighed), of: deviceClass), isDeclared: isDeclared, isRouter: isRouter, room: room,
      firstSeen: firstSeen,
      lastSeen: lastSeen, packetsSent: packetsSent, bytesSent: bytesSent, bytesReceived: bytesReceived, evidence: evidence,
      streams: streams, deviceClass: deviceClass, classReasons: classReasons, traffic: traffic, uploadsForHours: uploadsForHours)
  }

  /// A camera or a recorder, at least probably, or a base station that serves cameras: undeclared, it raises an alert.
  public var isCamera: Bool { role == .relay || verdict >= .probable }
  /// The same, or possibly a camera.
  public var mayBeCamera: Bool { role == .relay || verdict >= .possible }

  /// What makes it a camera is more than one packet that anybody can forge.
  public var isCorroborated: Bool { weighing.isCorroborated }

  /// There is evidence that it serves or sends video.
  public var streamsVideo: Bool {
    evidence.contains { item in
      // Numbers about an upload say so only where they weigh much for this class.
      item.signature.facet == .media && item.signature.says.isWeighed
        && (!item.field.isNumeric || item.strength.map { $0 >= .likely } == true)
    }
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
