import Detection

// What is stored of a device's class, its traffic and its evidence. Of people's devices that is little.
extension Device {
  /// The database holds the observed value of this evidence: that of cameras, recorders and base stations. Of people's devices only where
  /// they serve or send video themselves, not of the cloud that an app looked up.
  func storesValue(of evidence: Evidence) -> Bool {
    let isRelay = evidence.signature.says == .relay
    guard deviceClass == .personal else { return evidence.signature.says.isWeighed || isRelay }
    return isCamera && (evidence.weight > 0 || isRelay)
  }

  /// The evidence as it may be stored within an alert: without its value where that is a person's.
  public func withoutPrivateValue(_ evidence: Evidence) -> Evidence {
    deviceClass != .personal || storesValue(of: evidence) ? evidence : evidence.withoutValue
  }
}

extension Evidence {
  fileprivate var withoutValue: Evidence {
    Evidence(
      signature: Signature.Summary(
        id: signature.id, says: signature.says, facet: signature.facet, strength: signature.strength, validFor: signature.validFor,
        because: ""),
      field: field, value: "", firstSeen: firstSeen, packet: packet, count: count, vendor: vendor, model: nil, kind: kind,
      validUntil: validUntil, isCorroborated: isCorroborated, deviceClass: .personal)
  }
}

/// A reason for a device's class.
struct StoredClassReason: Codable, Sendable {
  let field: String
  let value: String?
  let reason: String
  let packet: UInt64

  init(_ reason: ClassReason, of device: Device) {
    field = reason.field.rawValue
    // A device of unknown class may be a person's, and so may a media player.
    value = [.embedded, .infrastructure].contains(device.deviceClass) ? reason.value : nil
    self.reason = reason.reason
    packet = reason.packet.number
  }

  /// Nil if the field no longer exists.
  var classReason: ClassReason? {
    Field(rawValue: field).map { ClassReason(field: $0, value: value, reason: reason, packet: PacketReference(file: 0, number: packet)) }
  }
}

struct StoredTraffic: Codable, Sendable {
  let up: Int
  let down: Int
  let since: Int64
  let pictures: Double?
  let to: String

  init(_ traffic: Traffic) {
    up = traffic.upBitsPerSecond
    down = traffic.downBitsPerSecond
    since = traffic.since.nanoseconds
    pictures = traffic.picturesPerSecond
    to = traffic.to.description
  }

  var traffic: Traffic? {
    IPAddress(to).map {
      Traffic(
        upBitsPerSecond: up, downBitsPerSecond: down, since: Timestamp(nanoseconds: since), picturesPerSecond: pictures, to: $0)
    }
  }
}

/// An upload that somebody outside asked for.
struct StoredWatched: Codable, Sendable {
  let peer: String
  /// Nanoseconds, as `length`.
  let lag: Int64
  let since: Int64
  let length: Int64
  let bytes: Int64

  init(_ watched: Watched) {
    peer = watched.peer.description
    lag = (Timestamp.zero + watched.lag).nanoseconds
    since = watched.since.nanoseconds
    length = (Timestamp.zero + watched.length).nanoseconds
    bytes = Int64(clamping: watched.bytes)
  }

  var watched: Watched? {
    IPAddress(peer).map {
      Watched(
        peer: $0, lag: .nanoseconds(lag), since: Timestamp(nanoseconds: since), length: .nanoseconds(length), bytes: UInt64(clamping: bytes)
      )
    }
  }
}
