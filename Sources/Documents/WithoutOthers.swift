import Detection

/// Papers about one camera that leave the property: what they may not have of anybody else. Guests stay home.
public struct WithoutOthers: Sendable {
  /// Devices whose names and addresses are taken out; those seen last count.
  public static let deviceLimit = 20_000
  /// For the papers themselves.
  public static let remark =
    "This pack has nothing of anybody but the camera: only packets that it sent, in which 192.0.2.1, 2001:db8::1 and 02:00:00:00:00:01 "
    + "stand for all others; checksums of IP, TCP and UDP in them are zero; names and addresses of others in texts are [name] and [address]. "
    + "Who watched it, what people decided, and the configuration are left out."
  /// Stands for everybody else: addresses for documentation (RFC 5737, RFC 3849), and a MAC address that no maker gives.
  public static let (v4, v6) = (IPAddress(v4: 0xC000_0201), IPAddress(bits: 0x2001_0DB8 << 96 | 1))
  public static let mac = MACAddress(bits: 0x0200_0000_0001)

  /// The camera's own, which stay.
  public let device: DeviceID
  public let addresses: Set<IPAddress>
  /// Whatever it sends may come from others.
  public let isRouter: Bool
  public let names: OthersNames
  private let redaction: AddressRedaction
  /// Addresses of others, as packets have them in binary.
  private let known: Set<UInt64>

  /// - Parameters:
  ///   - names: host names and MAC addresses of others.
  ///   - addresses: IP addresses of others.
  public init(_ device: Device, names: [String], addresses: [IPAddress]) {
    self.device = device.id
    let own = Set(device.addresses + (device.id.mac.isNone ? [device.id.address] : []))
    self.addresses = own
    isRouter = device.isRouter
    self.names = OthersNames(names)
    redaction = AddressRedaction(sparing: Array(own), device.id.mac.isNone ? nil : device.id.mac)
    let macs = names.compactMap { MACAddress($0) }.filter { $0 != device.id.mac && !$0.isNone }
    known = Set(
      addresses.filter { !own.contains($0) && !$0.isUnspecified }.flatMap(Self.keys) + macs.map { $0.bits | Self.macMark })
  }

  private static let (macMark, v6Mark) = (UInt64(1) << 62, UInt64(1) << 63)

  /// In both orders of bytes. Of an address of IPv6, its interface identifier: the part that is one device's.
  private static func keys(_ address: IPAddress) -> [UInt64] {
    if address.isV4 { return [UInt64(address.v4), UInt64(address.v4.byteSwapped)] }
    let part = UInt64(truncatingIfNeeded: address.bits)
    return [part | v6Mark, part.byteSwapped | v6Mark]
  }

  // MARK: Texts

  /// Names first: an address is also one, of a device that is no camera.
  public func text(_ text: String) -> String { redaction.redacted(names.redacted(text)) }

  /// The same device with such texts only, and without who watches it.
  public func device(_ device: Device) -> Device {
    let traffic = device.traffic.map {
      Traffic(
        upBitsPerSecond: $0.upBitsPerSecond, downBitsPerSecond: $0.downBitsPerSecond, since: $0.since,
        picturesPerSecond: $0.picturesPerSecond, to: $0.to.isV4 ? Self.v4 : Self.v6)
    }
    return Device(
      id: device.id, addresses: device.addresses, hostname: device.hostname.map(text), vendor: device.vendor.map(text),
      model: device.model.map(text), kind: device.kind.map(text), role: device.role, weighing: device.weighing, verdict: device.verdict,
      confidence: device.confidence, isDeclared: device.isDeclared, isRouter: device.isRouter, room: device.room,
      firstSeen: device.firstSeen, lastSeen: device.lastSeen, packetsSent: device.packetsSent, bytesSent: device.bytesSent,
      bytesReceived: device.bytesReceived, evidence: device.evidence.map { evidence($0, device.deviceClass) }, streams: [],
      deviceClass: device.deviceClass,
      classReasons: device.classReasons.map {
        ClassReason(field: $0.field, value: $0.value.map(text), reason: text($0.reason), packet: $0.packet)
      }, traffic: traffic, uploadsForHours: device.uploadsForHours)
  }

  public func evidence(_ evidence: Evidence, _ deviceClass: DeviceClass) -> Evidence {
    Evidence(
      signature: evidence.signature, field: evidence.field, value: text(evidence.value), firstSeen: evidence.firstSeen,
      packet: evidence.packet, count: evidence.count, vendor: evidence.vendor.map(text), model: evidence.model.map(text),
      kind: evidence.kind.map(text), validUntil: evidence.validUntil, isCorroborated: evidence.isCorroborated, deviceClass: deviceClass)
  }

  // MARK: Bytes

  /// Takes names and addresses of others out of bytes that the camera sent, in text and in binary.
  ///
  /// - Parameter peer: to whom, in addition to all that are known.
  public func blank(_ bytes: inout [UInt8], peer: IPAddress, _ peerMAC: MACAddress) {
    names.blank(&bytes)
    redaction.blank(&bytes)
    var known = known
    if peer.isUnicast { known.formUnion(Self.keys(peer)) }
    if !peerMAC.isGroup { known.insert(peerMAC.bits | Self.macMark) }
    var value: UInt64 = 0
    for end in 0..<bytes.count {
      value = value << 8 | UInt64(bytes[end])
      for (length, mark) in [(8, Self.v6Mark), (6, Self.macMark), (4, 0)] where end + 1 >= length {
        let part = length == 8 ? value : value & (1 << UInt64(length * 8) - 1)
        guard known.contains(part | mark) else { continue }
        for place in end + 1 - length...end { bytes[place] = 0 }
        value = 0
      }
    }
  }
}
