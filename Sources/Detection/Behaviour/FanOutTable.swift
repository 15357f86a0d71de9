/// The same small datagram to several hosts at once, again and again: how cameras of some platforms keep their place at each of their
/// servers while nobody watches.
struct FanOut: Equatable {
  let port: UInt16
  /// Bytes of the payload.
  let length: Int
  /// How often, over how many seconds, to how many hosts.
  let events: Int
  let seconds: Int64
  let hosts: Int
  /// Share of the events that went to the same hosts, in percent.
  let same: Double
  /// Median of the times between events, in seconds.
  let gap: Double
}

/// Looked at where a conversation begins or ends a pause, so that busy ones cost nothing.
struct FanOutTable {
  /// Devices that send such datagrams: about 400 bytes each.
  static let capacity = 4096
  static let payloadLimit = 200
  /// Datagrams this close to one another are one event.
  static let eventSpan = Nanoseconds.seconds(2)
  // What is reported at all.
  static let eventsNeeded = 5
  static let spanNeeded = Nanoseconds.seconds(120)
  /// After a longer pause counting begins anew.
  static let longestGap = Nanoseconds.seconds(3600)
  fileprivate static let recentLimit = 16
  fileprivate static let keyLimit = 4
  fileprivate static let hostLimit = 8
  fileprivate static let gapLimit = 8
  /// DNS, NTP, QUIC, IKE, IPsec, STUN with its usual ports and those of Google: clients of these ask several servers at once.
  private static let exceptedPorts: Set<UInt16> = Set([53, 123, 443, 500, 4500] + (3478...3481) + (19302...19309))

  fileprivate struct Datagram {
    let time: Timestamp
    let sourcePort: UInt16
    let port: UInt16
    let length: UInt16
    let host: UInt32
  }

  fileprivate struct Key {
    let port: UInt16
    let length: UInt16
    /// Start of the first event and of the last one.
    let first: Timestamp
    var last: Timestamp
    var events = 1
    /// Hosts of the last event, sorted.
    var hosts: [UInt32]
    /// The hosts that most events went to, by majority vote, and how many events before the last one did.
    var usual: [UInt32]
    var lead = 0
    var same = 0
    var gaps: [UInt32] = []
    var reportedEvents = 0
    var reportedAt = Timestamp.distantPast

    /// The last event is complete.
    mutating func count() {
      if hosts == usual {
        lead += 1
        same += 1
      } else if lead > 0 {
        lead -= 1
      } else {
        usual = hosts
        (lead, same) = (1, 1)
      }
    }
  }

  fileprivate struct Device {
    let address: IPAddress
    var recent: [Datagram] = []
    /// The one that was seen last is the last one.
    var keys: [Key] = []
  }

  /// By address number.
  private var devices = BoundedTable<UInt32, Device>(capacity: FanOutTable.capacity)

  var evicted: Int { devices.evicted }

  static func isCandidate(_ packet: PacketHeader, readsContents: Bool) -> Bool {
    guard packet.ipProtocol == .udp, packet.destination.isV4, packet.payloadLength > 0, packet.payloadLength <= payloadLimit,
      !exceptedPorts.contains(packet.destinationPort)
    else { return false }
    return !readsContents || !packet.holdsSTUN
  }

  /// A datagram went out.
  /// - Parameter number: of the device's address.
  mutating func add(_ packet: PacketHeader, from number: UInt32, at time: Timestamp) -> FanOut? {
    var place = devices.find(number)
    if let known = place, devices[known].address != packet.source {
      devices.remove(known)
      place = nil
    }
    let device = place ?? devices.insert(number, Device(address: packet.source))
    devices.touch(device)
    return devices[device].add(
      Datagram(
        time: time, sourcePort: packet.sourcePort, port: packet.destinationPort, length: UInt16(clamping: packet.payloadLength),
        host: packet.destination.v4))
  }
}

extension FanOutTable.Device {
  fileprivate mutating func add(_ datagram: FanOutTable.Datagram) -> FanOut? {
    recent.removeAll { datagram.time.isAfter($0.time, by: FanOutTable.eventSpan) }
    if recent.count >= FanOutTable.recentLimit { recent.removeFirst() }
    recent.append(datagram)
    let alike = recent.filter { $0.sourcePort == datagram.sourcePort && $0.port == datagram.port && $0.length == datagram.length }
    let hosts = Array(Set(alike.map(\.host)).sorted().prefix(FanOutTable.hostLimit))
    guard hosts.count >= 2, let start = alike.first?.time else { return nil }
    return keys[key(for: datagram, hosts, start)].report(at: datagram.time)
  }

  /// Files an event that begins or goes on.
  private mutating func key(for datagram: FanOutTable.Datagram, _ hosts: [UInt32], _ start: Timestamp) -> Int {
    var key = FanOutTable.Key(port: datagram.port, length: datagram.length, first: start, last: start, hosts: hosts, usual: hosts)
    if let known = keys.firstIndex(where: { $0.port == datagram.port && $0.length == datagram.length }) {
      let earlier = keys.remove(at: known)
      if !datagram.time.isAfter(earlier.last, by: FanOutTable.longestGap) { key = earlier.continued(by: hosts, at: start) }
    } else if keys.count >= FanOutTable.keyLimit {
      keys.removeFirst()
    }
    keys.append(key)
    return keys.count - 1
  }
}

extension FanOutTable.Key {
  fileprivate func continued(by hosts: [UInt32], at start: Timestamp) -> FanOutTable.Key {
    var key = self
    guard start.isAfter(last, by: FanOutTable.eventSpan) else {
      key.hosts = Array(Set(key.hosts + hosts).sorted().prefix(FanOutTable.hostLimit))
      return key
    }
    key.count()
    key.events += 1
    if key.gaps.count >= FanOutTable.gapLimit { key.gaps.removeFirst() }
    key.gaps.append(UInt32(clamping: (start.nanoseconds &- last.nanoseconds) / 1_000_000))
    key.last = start
    key.hosts = hosts
    return key
  }

  /// The numbers, where they are worth a report: the first time, when there are twice as many, and each hour.
  fileprivate mutating func report(at time: Timestamp) -> FanOut? {
    guard hosts == usual, events >= FanOutTable.eventsNeeded, last.isDue(since: first, after: FanOutTable.spanNeeded) else { return nil }
    guard events >= reportedEvents * 2 || events > reportedEvents && time.isAfter(reportedAt, by: FanOutTable.longestGap) else {
      return nil
    }
    reportedEvents = events
    reportedAt = time
    let seconds = (last.nanoseconds &- first.nanoseconds) / 1_000_000_000
    return FanOut(
      port: port, length: Int(length), events: events, seconds: seconds, hosts: usual.count, same: Double(same + 1) * 100 / Double(events),
      gap: Double(gaps.sorted()[gaps.count / 2]) / 1000)
  }
}
