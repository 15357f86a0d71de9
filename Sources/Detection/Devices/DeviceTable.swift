/// What is remembered of one station.
struct StationRecord {
  let station: Station
  /// Index of its device in the table.
  var device: Int
  var evidence: [Int: Evidence] = [:]
  var hostnames: [String] = []
}

/// What is remembered of one device, beside what its stations hold.
struct DeviceRecord {
  let id: DeviceID
  var hosts: [StationID] = []
  /// Parts of conditions that were shown, and values that signatures take names from.
  var shown: Set<Int32> = []
  var remembered: [Field: Observation] = [:]
  /// Signatures that were weighed since stations with evidence last came or went.
  var weighed: Set<Int> = []
  /// To whom it sent media, the first ones.
  var viewers: [IPAddress] = []
  /// The alert that was raised for it.
  var raised: RaisedAlert?
  /// Its alert waits until then.
  var deadline: Timestamp?
  /// When it is looked next whether it is still here, or back.
  var check: Timestamp?
  /// What an earlier run knew of it.
  var recalled: DeviceMemory?

  /// The alert is another device's, or settled.
  mutating func forgetAlert() {
    raised = nil
    check = nil
  }
  /// Answers DNS queries: the names it asks for are others'.
  var isResolver = false
  /// Where the network heard its last DHCP request.
  var circuit: String?
  var remote: String?
  var location = LocationTracker()
}

/// Stations, grouped to devices; grouped anew when a MAC address turns out to be a router's, or an address to be held by one.
struct DeviceTable: ~Copyable {
  /// Stations of one address that are filed anew when its holder changes.
  static let addressLimit = 64

  private(set) var identity: Identity
  /// By host number.
  private var stations: [StationRecord?] = []
  private(set) var devices: [DeviceRecord] = []
  private var free: [Int] = []
  private var index: [DeviceID: Int] = [:]
  private var hostsOfMAC: [MACAddress: [StationID]] = [:]
  private var hostsOfAddress: [IPAddress: [StationID]] = [:]
  /// Devices to which evidence came with a station that was filed anew, since they were last taken.
  private var moved: Set<Int> = []

  init(lan: [IPNetwork]) { identity = Identity(lan: lan) }

  subscript(station host: StationID) -> StationRecord? {
    _read {
      let slot = Int(host.rawValue)
      yield slot < stations.count ? stations[slot] : nil
    }
    _modify {
      let slot = Int(host.rawValue)
      while stations.count <= slot { stations.append(nil) }
      yield &stations[slot]
    }
  }

  subscript(device number: Int) -> DeviceRecord {
    _read { yield devices[number] }
    _modify { yield &devices[number] }
  }

  /// Devices with at least one station.
  var live: [Int] { devices.indices.filter { !devices[$0].hosts.isEmpty } }

  func number(of id: DeviceID) -> Int? { index[id] }

  func isOnLAN(_ id: DeviceID) -> Bool { !id.mac.isNone || identity.isOnLAN(id.address) }

  /// Takes in what is known of a device from before.
  ///
  /// - Returns: nil where it is known already.
  mutating func recall(_ memory: DeviceMemory) -> Int? {
    let number = device(memory.id)
    guard devices[number].recalled == nil else { return nil }
    devices[number].recalled = memory
    devices[number].viewers += memory.viewers.filter { !devices[number].viewers.contains($0) }
    if devices[number].raised == nil { devices[number].raised = memory.raised }
    return number
  }

  // MARK: Stations come and go

  /// A station was seen for the first time. Those beyond the LAN are of no interest, but for what they tell of routers.
  ///
  /// - Returns: no station with its MAC address was taken in before.
  mutating func appeared(_ host: StationID, _ station: Station) -> Bool {
    let isNew = !station.mac.isNone && hostsOfMAC[station.mac]?.contains { self[station: $0]?.station.segment == station.segment } != true
    let change = identity.appeared(station)
    if station.address == .none || identity.isOnLAN(station.address) { _ = admit(host, station) }
    if let change { regroup(change) }
    return isNew
  }

  /// The device of a station, which is taken in where it is new.
  mutating func admit(_ host: StationID, _ station: Station) -> Int {
    if let known = self[station: host] { return known.device }
    let number = device(identity.device(of: station))
    self[station: host] = StationRecord(station: station, device: number)
    devices[number].hosts.append(host)
    if !station.mac.isNone { hostsOfMAC[station.mac, default: []].append(host) }
    if station.address != .none, hostsOfAddress[station.address].map({ $0.count < Self.addressLimit }) ?? true {
      hostsOfAddress[station.address, default: []].append(host)
    }
    return number
  }

  private mutating func device(_ id: DeviceID) -> Int {
    if let known = index[id] { return known }
    let number: Int
    if let slot = free.popLast() {
      devices[slot] = DeviceRecord(id: id)
      number = slot
    } else {
      devices.append(DeviceRecord(id: id))
      number = devices.count - 1
    }
    index[id] = number
    return number
  }

  /// Many at once, so that each list which held some of them is gone through once: a MAC address may have had all of them.
  ///
  /// - Returns: items of evidence that went with them.
  mutating func removed(_ gone: [StationTable.Removed]) -> Int {
    var concerned: Set<Int> = []
    var evidence = 0
    for host in gone.map(\.host) {
      guard let record = self[station: host] else { continue }
      self[station: host] = nil
      evidence += record.evidence.count
      if !record.evidence.isEmpty { devices[record.device].weighed = [] }
      concerned.insert(record.device)
    }
    let hosts = Set(gone.map(\.host))
    for mac in Set(gone.map(\.station.mac)) { Self.remove(hosts, from: &hostsOfMAC, mac) }
    for address in Set(gone.map(\.station.address)) { Self.remove(hosts, from: &hostsOfAddress, address) }
    for number in concerned.sorted() {
      devices[number].hosts.removeAll { hosts.contains($0) }
      freeIfEmpty(number)
    }
    for station in gone.map(\.station) { identity.forget(station, isLastOfMAC: hostsOfMAC[station.mac] == nil) }
    return evidence
  }

  private static func remove<Key>(_ hosts: Set<StationID>, from table: inout [Key: [StationID]], _ key: Key) {
    table[key]?.removeAll { hosts.contains($0) }
    if table[key]?.isEmpty == true { table[key] = nil }
  }

  /// Stations of devices that something is under way about.
  func hostsOfConcern() -> Set<StationID> {
    Set(devices.lazy.filter { $0.raised != nil || $0.deadline != nil }.flatMap(\.hosts))
  }

  /// Drops devices that only an earlier run knew, and that were not heard since.
  mutating func forgetRecalled(before time: Timestamp) {
    for number in devices.indices where devices[number].hosts.isEmpty && devices[number].deadline == nil {
      guard let recalled = devices[number].recalled, recalled.lastSeen < time else { continue }
      if devices[number].raised == nil { devices[number].recalled = nil }
      freeIfEmpty(number)
    }
  }

  private mutating func freeIfEmpty(_ number: Int) {
    guard devices[number].hosts.isEmpty, devices[number].raised == nil, devices[number].recalled == nil else { return }
    index[devices[number].id] = nil
    devices[number] = DeviceRecord(id: devices[number].id)
    moved.remove(number)
    free.append(number)
  }

  // MARK: Bindings

  /// This station holds its address.
  mutating func bind(_ station: Station) {
    if let change = identity.bind(station) { regroup(change) }
  }

  mutating func markRouter(_ station: Station) {
    if let change = identity.markRouter(station) { regroup(change) }
  }

  /// Files the stations anew that a binding or a new router concerns.
  private mutating func regroup(_ change: Identity.Change) {
    var left: [Int: Set<StationID>] = [:]
    let concerned = Set((hostsOfMAC[change.mac] ?? []) + (hostsOfAddress[change.address] ?? []))
    for host in concerned.sorted() {
      guard let record = self[station: host], record.station.segment == change.segment else { continue }
      let id = identity.device(of: record.station)
      guard id != devices[record.device].id else { continue }
      let isNew = index[id] == nil
      let number = device(id)
      if isNew {
        devices[number].shown = devices[record.device].shown
        devices[number].remembered = devices[record.device].remembered
        devices[number].location = devices[record.device].location
      }
      devices[number].hosts.append(host)
      self[station: host]?.device = number
      left[record.device, default: []].insert(host)
      guard !record.evidence.isEmpty else { continue }
      moved.insert(number)
      passOn(from: record.device, to: number)
      devices[number].weighed = []
      devices[record.device].weighed = []
    }
    for (number, hosts) in left.sorted(by: { $0.key < $1.key }) {
      devices[number].hosts.removeAll { hosts.contains($0) }
      freeIfEmpty(number)
    }
  }

  /// The last station with evidence takes the alert along: the camera is the same, and raises no second one.
  private mutating func passOn(from old: Int, to new: Int) {
    if devices[old].isResolver { devices[new].isResolver = true }
    guard let raised = devices[old].raised, devices[new].raised == nil else { return }
    let roomVisits = devices[old].hosts.contains { host in
      self[station: host].map { $0.device == old && !$0.evidence.isEmpty } ?? false
    }
    guard !roomVisits else { return }
    devices[new].raised = raised
    devices[old].forgetAlert()
  }

  /// Other devices with this MAC address, in other segments, for which an alert was raised.
  func alerted(withMACOf number: Int) -> [Int] {
    let mac = devices[number].id.mac
    guard !mac.isNone, !mac.isLocallyAdministered else { return [] }
    let others = Set((hostsOfMAC[mac] ?? []).compactMap { self[station: $0]?.device })
    return others.filter { $0 != number && devices[$0].id.mac == mac && devices[$0].raised != nil }.sorted()
  }

  mutating func takeMoved() -> [Int] {
    if moved.isEmpty { return [] }
    defer { moved.removeAll() }
    return moved.sorted { devices[$0].id.description < devices[$1].id.description }
  }
}
