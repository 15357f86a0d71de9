/// Who is on the network, what speaks for and against each of them being a camera, and which alerts follow.
///
/// Evidence is held by station (a MAC and an IP address seen together); devices are groupings of stations, made anew when a MAC
/// address turns out to be a router's.
struct Inventory {
  /// Stations with evidence or a binding.
  static let stationLimit = 65_536
  /// Signatures that one station may meet.
  static let evidenceLimit = 64
  /// Different values of a field that are kept as names of a station.
  static let nameLimit = 8
  /// How long an alert waits for counter-evidence that rests on what a device does.
  static let patience = Duration.seconds(300)

  private struct Member {
    let station: Station
    var device: DeviceID
    var evidence: [Int: Evidence] = [:]
    var hostnames: [String] = []
  }

  private struct Group {
    var hosts: [HostID] = []
    /// Parts of conditions that were shown, and values that signatures take names from.
    var shown: Set<Int32> = []
    var remembered: [Field: Observation] = [:]
    var raised: Raised?
    /// The alert waits until then.
    var deadline: Timestamp?
    /// Answers DNS queries: the names it asks for are others'.
    var isResolver = false
  }

  private struct Raised {
    let id: String
    let verdict: Verdict
  }

  let signatures: SignatureSet
  let known: Known
  private var identity: Identity
  private var members: [HostID: Member] = [:]
  private var groups: [DeviceID: Group] = [:]
  /// Devices to which evidence came with a station that was filed anew.
  private var moved: Set<DeviceID> = []
  private var hostsOfMAC: [MACAddress: [HostID]] = [:]
  private var hostsOfAddress: [IPAddress: [HostID]] = [:]
  private(set) var alerts: [Alert] = []
  /// Evidence that was not kept, for lack of room.
  private(set) var evicted = 0
  private(set) var nextDeadline = Timestamp.distantFuture

  init(signatures: SignatureSet, known: Known, lan: [IPNetwork]) {
    self.signatures = signatures
    self.known = known
    identity = Identity(lan: lan)
  }

  // MARK: Stations

  /// A station was seen for the first time. Those beyond the LAN are taken in when something is said of them.
  mutating func appeared(_ host: HostID, _ hosts: HostTable) {
    let station = hosts[host].station
    let change = identity.appeared(station)
    if station.address == .none || identity.isOnLAN(station.address) { admit(host, station) }
    if let change { regroup(change) }
    judgeMoved(at: hosts[host].firstSeen, hosts)
  }

  private mutating func admit(_ host: HostID, _ station: Station) {
    guard members[host] == nil else { return }
    let id = identity.device(of: station)
    members[host] = Member(station: station, device: id)
    groups[id, default: Group()].hosts.append(host)
    if !station.mac.isNone { hostsOfMAC[station.mac, default: []].append(host) }
    if station.address != .none { hostsOfAddress[station.address, default: []].append(host) }
  }

  mutating func removed(_ host: HostID) {
    guard let member = members.removeValue(forKey: host) else { return }
    hostsOfMAC[member.station.mac]?.removeAll { $0 == host }
    if hostsOfMAC[member.station.mac]?.isEmpty == true { hostsOfMAC[member.station.mac] = nil }
    hostsOfAddress[member.station.address]?.removeAll { $0 == host }
    if hostsOfAddress[member.station.address]?.isEmpty == true { hostsOfAddress[member.station.address] = nil }
    leave(member.device, host)
    if groups[member.device] == nil { identity.forget(member.station) }
  }

  private mutating func leave(_ id: DeviceID, _ host: HostID) {
    groups[id]?.hosts.removeAll { $0 == host }
    if let group = groups[id], group.hosts.isEmpty, group.raised == nil { groups[id] = nil }
  }

  /// Files the stations anew that a binding or a new router concerns.
  private mutating func regroup(_ change: Identity.Change) {
    let concerned = Set((hostsOfMAC[change.mac] ?? []) + (hostsOfAddress[change.address] ?? []))
    for host in concerned.sorted() {
      guard let member = members[host], member.station.segment == change.segment else { continue }
      let now = identity.device(of: member.station)
      guard now != member.device else { continue }
      if groups[now] == nil {
        groups[now] = Group(shown: groups[member.device]?.shown ?? [], remembered: groups[member.device]?.remembered ?? [:])
      }
      groups[now]?.hosts.append(host)
      members[host]?.device = now
      leave(member.device, host)
      if !member.evidence.isEmpty { moved.insert(now) }
    }
  }

  /// Evidence that came to another device with its station is weighed there.
  private mutating func judgeMoved(at now: Timestamp, _ hosts: HostTable) {
    guard !moved.isEmpty else { return }
    let devices = moved.sorted { $0.description < $1.description }
    moved = []
    for id in devices { judge(id, at: now, hosts) }
  }

  // MARK: Observations

  /// Files one observation: what it binds, what it names, which signatures it meets.
  /// - Returns: the device that it is about, and the signatures that it made fire.
  @discardableResult
  mutating func take(
    _ observation: Observation, from host: HostID, at now: Timestamp, _ hosts: inout HostTable
  ) -> (DeviceID, [Int]) {
    admit(host, hosts[host].station)
    bind(observation)
    name(observation, host)
    guard let id = members[host]?.device, var group = groups[id] else { return (identity.device(of: observation.subject), []) }
    if observation.field == .dnsRole { groups[id]?.isResolver = true }
    // Taken out and put back: both are arrays and sets, which would be copied otherwise.
    groups[id]?.shown = []
    let fired = signatures.match(observation, shown: &group.shown)
    groups[id]?.shown = group.shown
    if signatures.remembered.contains(observation.field) { groups[id]?.remembered[observation.field] = observation }
    var isNew = false
    for number in fired where add(number, observation, host, group.remembered, &hosts) { isNew = true }
    if isNew { judge(id, at: max(now, observation.time), hosts) }
    judgeMoved(at: max(now, observation.time), hosts)
    return (id, fired)
  }

  private mutating func bind(_ observation: Observation) {
    let change: Identity.Change? =
      switch observation.field {
      case .ipAddress: identity.bind(observation.subject)
      case .ipGateway: identity.markRouter(observation.subject)
      default: nil
      }
    if let change { regroup(change) }
  }

  private mutating func name(_ observation: Observation, _ host: HostID) {
    guard observation.field == .dhcpHostname || observation.field == .mdnsName else { return }
    guard let count = members[host]?.hostnames.count, count < Self.nameLimit else { return }
    if members[host]?.hostnames.contains(observation.text) == true { return }
    // What a device tells the DHCP server is its name; what it announces may be a service's.
    if observation.field == .dhcpHostname {
      members[host]?.hostnames.insert(observation.text, at: 0)
    } else {
      members[host]?.hostnames.append(observation.text)
    }
  }

  /// - Returns: the station meets this signature for the first time.
  private mutating func add(
    _ number: Int, _ observation: Observation, _ host: HostID, _ remembered: [Field: Observation], _ hosts: inout HostTable
  ) -> Bool {
    guard let member = members[host] else { return false }
    if member.evidence[number] != nil {
      members[host]?.evidence[number]?.count += 1
      return false
    }
    guard member.evidence.count < Self.evidenceLimit else {
      evicted += 1
      return false
    }
    let signature = signatures.signatures[number]
    members[host]?.evidence[number] = Evidence(
      signature: signature, field: observation.field, value: observation.shownValue, firstSeen: observation.time,
      packet: observation.packet, count: 1, vendor: signature.given(signature.vendor, in: observation, remembered: remembered),
      model: signature.given(signature.model, in: observation, remembered: remembered),
      kind: signature.given(signature.kind, in: observation, remembered: remembered))
    hosts[host].isKept = true
    return true
  }

  // MARK: Alerts

  private mutating func judge(_ id: DeviceID, at now: Timestamp, _ hosts: HostTable) {
    guard isOnLAN(id), let group = groups[id] else { return }
    let device = device(id, group, hosts, streams: [])
    guard Self.deservesAlert(device) else { return }
    if let raised = group.raised {
      if device.verdict == .camera, raised.verdict < .camera { raise(device, at: now, update: raised.id) }
    } else if device.weighing.restsOnDoing, device.role != .relay {
      if group.deadline == nil {
        let deadline = now + Self.patience
        groups[id]?.deadline = deadline
        nextDeadline = min(nextDeadline, deadline)
      }
    } else {
      raise(device, at: now)
    }
  }

  private static func deservesAlert(_ device: Device) -> Bool {
    guard !device.isKnown else { return false }
    return device.role == .relay || device.verdict >= .probable && (device.role == .camera || device.role == .recorder)
  }

  private mutating func raise(_ device: Device, at time: Timestamp, update: String? = nil) {
    let kind = Alert.Kind.unknownCamera
    let id = update ?? Alert.identifier(device.id, kind, time)
    groups[device.id]?.raised = Raised(id: id, verdict: device.verdict)
    groups[device.id]?.deadline = nil
    alerts.append(
      Alert(
        id: id, kind: kind, severity: device.role == .relay ? .medium : .high, time: time, device: device, isUpdate: update != nil))
  }

  /// Decides what waited for counter-evidence until now; at the end of the input everything. Each alert is stamped with its deadline,
  /// so that a live run and the replay of its recording agree whenever they end.
  mutating func decide(upTo now: Timestamp, isEnd: Bool, _ hosts: HostTable) {
    guard nextDeadline <= now || isEnd else { return }
    let waiting = groups.compactMap { id, group in group.deadline.map { (id, $0) } }
      .sorted { ($0.1, $0.0.description) < ($1.1, $1.0.description) }
    nextDeadline = .distantFuture
    for (id, deadline) in waiting {
      guard deadline <= now || isEnd else {
        nextDeadline = min(nextDeadline, deadline)
        continue
      }
      guard let group = groups[id] else { continue }
      groups[id]?.deadline = nil
      let device = device(id, group, hosts, streams: [])
      if Self.deservesAlert(device) { raise(device, at: deadline) }
    }
  }

  mutating func takeAlerts() -> [Alert] {
    defer { alerts.removeAll() }
    return alerts
  }

  // MARK: Devices

  private func isOnLAN(_ id: DeviceID) -> Bool { !id.mac.isNone || identity.isOnLAN(id.address) }

  /// Every device on the LAN that sent something, or of which something was said; by address.
  func devices(_ hosts: HostTable, streams: [MediaRecord]) -> [Device] {
    var sent: [DeviceID: [MediaRecord]] = [:]
    var received: Set<DeviceID> = []
    for record in streams {
      sent[identity.device(of: record.stream.sender.station), default: []].append(record)
      received.insert(identity.device(of: record.stream.receiver.station))
    }
    return groups.filter { isOnLAN($0.key) && !$0.value.hosts.isEmpty }
      .map { device($0.key, $0.value, hosts, streams: sent[$0.key] ?? [], views: received.contains($0.key)) }
      .sorted { ($0.addresses.first ?? .none, $0.id.mac) < ($1.addresses.first ?? .none, $1.id.mac) }
  }

  private func device(
    _ id: DeviceID, _ group: Group, _ hosts: HostTable, streams: [MediaRecord], views: Bool = false
  ) -> Device {
    let members = group.hosts.compactMap { host in self.members[host].map { (hosts[host], $0) } }
    let isRouter = identity.isRouter(id)
    // What a router or resolver asks the cloud, it asks for the devices behind it.
    let evidence = Self.merged(members.map(\.1)).filter { !(isRouter || group.isResolver) || $0.signature.facet != .cloud }
    let weighing = Weighing(evidence.map(\.weighed))
    let hostname = members.lazy.compactMap(\.1.hostnames.first).first
    let model = Self.best(evidence, \.model)
    let vendor = Self.best(evidence, \.vendor)
    // IPv4 first: that is what people look up.
    let addresses = Set(members.map(\.0.station.address).filter(\.isUnicast)).sorted { ($0.isV4 ? 0 : 1, $0) < ($1.isV4 ? 0 : 1, $1) }
    let names = members.flatMap(\.1.hostnames) + [model, vendor.flatMap { v in model.map { "\(v) \($0)" } }].compactMap { $0 }
    return Device(
      id: id, addresses: addresses, hostname: hostname, vendor: vendor, model: model,
      kind: Self.best(evidence, \.kind) ?? (isRouter ? "router" : nil),
      role: Self.role(evidence, weighing, views: views), weighing: weighing, verdict: weighing.verdict,
      isKnown: known.contains(mac: id.mac, addresses: addresses, names: names), isRouter: isRouter,
      firstSeen: members.map(\.0.firstSeen).min() ?? .zero, lastSeen: members.map(\.0.lastSeen).max() ?? .zero,
      packetsSent: members.reduce(0) { $0 + $1.0.packetsSent }, bytesSent: members.reduce(0) { $0 + $1.0.bytesSent },
      bytesReceived: members.reduce(0) { $0 + $1.0.bytesReceived }, evidence: evidence,
      streams: streams.map {
        Device.Stream(
          peer: $0.stream.receiver.station.address, name: $0.stream.name, firstSeen: $0.firstSeen, lastSeen: $0.lastSeen,
          bytes: $0.bytes)
      })
  }

  /// One item a signature, whichever of the device's stations met it first; heaviest first.
  private static func merged(_ members: [Member]) -> [Evidence] {
    var items: [String: Evidence] = [:]
    for evidence in members.flatMap(\.evidence.values) {
      guard var known = items[evidence.signature.id] else {
        items[evidence.signature.id] = evidence
        continue
      }
      let count = known.count + evidence.count
      if (evidence.firstSeen, evidence.packet.number) < (known.firstSeen, known.packet.number) { known = evidence }
      known.count = count
      items[evidence.signature.id] = known
    }
    return items.values.sorted {
      (-$0.weight, $0.firstSeen, $0.packet.number, $0.signature.id) < (-$1.weight, $1.firstSeen, $1.packet.number, $1.signature.id)
    }
  }

  /// What the heaviest item says that says anything.
  private static func best(_ evidence: [Evidence], _ value: KeyPath<Evidence, String?>) -> String? {
    evidence.lazy.compactMap { $0[keyPath: value] }.first
  }

  private static func role(_ evidence: [Evidence], _ weighing: Weighing, views: Bool) -> Role {
    let recorder = evidence.contains { $0.signature.says == .recorder && $0.signature.strength.map { $0 >= .strong } == true }
    if recorder, weighing.verdict >= .possible { return .recorder }
    if evidence.contains(where: { $0.signature.says == .relay }) { return .relay }
    if weighing.verdict >= .possible { return .camera }
    return views || evidence.contains { $0.signature.says == .viewer } ? .viewer : .other
  }
}
