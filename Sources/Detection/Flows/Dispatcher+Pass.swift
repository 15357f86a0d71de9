/// Packets of conversations at hand that no recognizer wants: most packets of a network. Their headers are enough to count them.
extension Dispatcher {
  /// Counts a packet from its headers, if nothing else is to be done about its conversation.
  ///
  /// - Returns: what it shows. If nil, nothing was counted, and it is to be handled like any other: this way changes nothing but the time
  ///   that it takes.
  @inline(__always)
  mutating func pass(_ frame: borrowing Frame) -> Sighting? {
    guard let headers = PlainHeaders(frame),
      let known = recall(
        headers.source, headers.sourcePort, headers.destination, headers.destinationPort, headers.ipProtocol, in: .untagged, headers.slot)
    else { return nil }
    let (number, isForward) = (known.flow, known.isForward)
    let isTCP = headers.ipProtocol == .tcp
    guard flows[number].passes(headers.payloadLength, isTCP: isTCP, headersOnly: headersOnly, forward: isForward),
      addresses[known.source].isFrom(headers.sourceMAC), !addresses[known.source].isDeclared
    else { return nil }
    var sighting = sighting(.plain, frame)
    if frame.time.isAfter(flows[number].touched, by: FlowTable.touchPeriod) {
      if frame.time.isAfter(flows[number].lastSeen, by: KnockTable.silence) { return nil }
      flows.touch(number, at: frame.time)
      sighting.flags.insert(.beginsSecond)
    }
    flows[number].count(headers.frameLength, forward: isForward, at: frame.time)
    let hops = sink.wantsTraits ? Hops.count(ttl: headers.hopLimit) : Hops.unknown
    sink.hops = hops
    sink.isExchange = flows[number].isExchange
    sighting.hops = hops
    sighting.mac = headers.sourceMAC
    (sighting.sourceAddress, sighting.destinationAddress) = (headers.source.v4, headers.destination.v4)
    (sighting.flow, sighting.source, sighting.destination) = (UInt32(truncatingIfNeeded: number), known.source, known.destination)
    sighting.frameLength = UInt32(clamping: headers.frameLength)
    sighting.payloadLength = UInt32(clamping: headers.payloadLength)
    sighting.flags.formUnion(headers.flags(forward: isForward, showsIngress: tracksIngress))
    frameFlags = []
    return sighting
  }
}

/// The headers of TCP or UDP over IPv4 in an Ethernet frame without tags, as `Packet` decodes them.
struct PlainHeaders {
  let sourceMAC: MACAddress
  let destinationMAC: MACAddress
  let source: IPAddress
  let destination: IPAddress
  let ipProtocol: IPProtocol
  let hopLimit: UInt8
  let sourcePort: UInt16
  let destinationPort: UInt16
  /// On the wire.
  let payloadLength: Int
  let frameLength: Int

  private static let linkHeader = 14
  private static let ipHeader = 20

  /// Nil for everything that is not as simple as that: options, fragments, lengths that disagree, ports that tunnels use, the begin and
  /// the abort of a connection, senders that are no host.
  @inline(__always)
  init?(_ frame: borrowing Frame) {
    let bytes = frame.bytes
    let transport = Self.linkHeader + Self.ipHeader
    guard frame.linkType == .ethernet, bytes.byteCount >= transport + 8, bytes.u16(12) == EtherType.ipv4.rawValue, bytes.u8(14) == 0x45,
      bytes.u16(20) & 0x3FFF == 0
    else { return nil }
    frameLength = Swift.max(frame.originalLength, bytes.byteCount)
    let ipLength = Swift.min(Int(bytes.u16(16)), frameLength - Self.linkHeader)
    ipProtocol = IPProtocol(rawValue: bytes.u8(23))
    sourcePort = bytes.u16(transport)
    destinationPort = bytes.u16(transport + 2)
    if ipProtocol == .tcp {
      guard bytes.byteCount >= transport + 20 else { return nil }
      let headerLength = Int(bytes.u8(transport + 12) >> 4) * 4
      let flags = TCPFlags(rawValue: bytes.u8(transport + 13))
      payloadLength = ipLength - Self.ipHeader - headerLength
      guard headerLength >= 20, payloadLength >= 0, flags.isDisjoint(with: [.syn, .rst]) else { return nil }
    } else {
      let rest = ipLength - Self.ipHeader - 8
      guard ipProtocol == .udp, rest >= 0, !Packet.mayCarryTunnel(sourcePort), !Packet.mayCarryTunnel(destinationPort) else { return nil }
      let stated = Int(bytes.u16(transport + 4)) - 8
      payloadLength = stated >= 0 && stated < rest ? stated : rest
    }
    hopLimit = bytes.u8(22)
    destinationMAC = bytes.mac(0)
    sourceMAC = bytes.mac(6)
    destination = IPAddress(v4: bytes.u32(30))
    let host = bytes.u32(26)
    source = IPAddress(v4: host)
    guard !sourceMAC.isGroup, host >> 28 != 0xE, host != .max else { return nil }
  }

  @inline(__always)
  fileprivate func flags(forward: Bool, showsIngress: Bool) -> Sighting.Flags {
    var flags = Sighting.Flags.hasFlow
    if forward { flags.insert(.forward) }
    if ipProtocol == .tcp { flags.insert(.tcp) }
    if destinationMAC.isGroup || !destination.isUnicast { flags.insert(.toGroup) }
    if !destinationMAC.isGroup { flags.insert(.unicastFrame) }
    if showsIngress { flags.insert(.showsIngress) }
    return flags
  }

  /// Its place in `RecentFlows`.
  @inline(__always)
  var slot: Int { RecentFlows.slot(source, destination, sourcePort, destinationPort) }
}
