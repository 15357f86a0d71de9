/// Packets of conversations at hand that no recognizer wants: most packets of a network. Their headers are enough to count them.
extension Dispatcher {
  /// Counts a packet from its headers, if nothing else is to be done about it.
  ///
  /// - Returns: it was counted. If not, nothing was, and it is to be handled like any other: this way changes nothing but the time that it
  ///   takes.
  @inline(__always)
  mutating func pass(_ frame: borrowing Frame) -> Bool {
    guard !tracksIngress, !stations.hasChanged, let headers = PlainHeaders(frame),
      let known = recall(
        headers.source, headers.sourcePort, headers.destination, headers.destinationPort, headers.ipProtocol, in: .untagged, headers.slot)
    else { return false }
    let (number, length, isForward) = (known.flow, headers.payloadLength, known.key.isForward)
    let isTCP = headers.ipProtocol == .tcp
    guard flows[number].passes(length, isTCP: isTCP, headersOnly: headersOnly, forward: isForward) else { return false }
    let beginsSecond = frame.time.isAfter(flows[number].touched, by: FlowTable.touchPeriod)
    if beginsSecond, frame.time.isAfter(flows[number].lastSeen, by: KnockTable.silence) { return false }
    if stations.isLocal(known.source), mayOpenUpload(number, length, forward: isForward, beginsSecond: beginsSecond) { return false }
    let hops = sink.wantsTraits ? Hops.count(ttl: headers.hopLimit) : Hops.unknown
    guard
      let sender = stations.countKnown(
        sentBy: known.source, mac: headers.sourceMAC, to: known.destination, bytes: headers.frameLength, hops: hops, at: frame.time)
    else { return false }
    if tracksExchanges, !headers.destinationMAC.isGroup {
      let receiver = stations.holder(of: known.destination)
      if receiver != .none { stations.exchanged(from: sender, to: receiver) }
    }
    if beginsSecond { beginSecond(number, at: frame.time) }
    flows[number].count(headers.frameLength, forward: isForward, at: frame.time)
    if flows[number].room.take(length, forward: isForward), measure(length, number, known.key, at: frame.time) {
      flows[number].room.ignore(forward: isForward)
    }
    sink.hops = hops
    sink.isExchange = flows[number].isExchange
    return true
  }

  /// The packet is more than its conversation may send unnoticed, and belongs to no upload.
  @inline(__always)
  private func mayOpenUpload(_ number: Int, _ length: Int, forward isForward: Bool, beginsSecond: Bool) -> Bool {
    let isLittle = beginsSecond ? length <= Upload.activeBytes : flows[number].room.has(length, forward: isForward)
    return !isLittle && uploads.place(of: flows[number].upload) == nil
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

  /// Its place in `RecentFlows`.
  @inline(__always)
  var slot: Int { RecentFlows.slot(source, destination, sourcePort, destinationPort) }
}
