/// The state of one station.
struct StationRecord {
  let station: Station
  /// Index of its device in the table.
  fileprivate(set) var device: Int
  /// Its places among the stations of its device, and among those of its MAC address.
  fileprivate var placeInDevice = 0
  fileprivate var placeOfMAC = 0
  /// By the numbers of signatures.
  var evidence = FewEntries<Int, Evidence>()
  var hostnames: [String] = []
  /// DHCP gave it its address, and it uses that.
  var isLeased = false
  var isHeld = false
  /// It took part in a conversation in which both sides spoke.
  var hasConversed = false

  var tookPart: Bool { hasConversed || isLeased && isHeld }
}

/// The state of one device, apart from that of its stations.
struct DeviceRecord {
  let id: DeviceID
  var stations: [StationID] = []
  /// Parts of conditions that were shown, and values that signatures take names from.
  var shown: Set<Int32> = []
  var remembered = FewEntries<Field, Observation>()
  /// Fields from which evidence takes a name that it lacks.
  var unnamed: Set<Field> = []
  var traits = Traits()
  /// It took part in an exchange, under whatever address.
  var tookPart = false
  /// Live video that others on the LAN asked for, and that it sends unasked.
  var asked = ServedVideo()
  var pushed = ServedVideo()
  /// Signatures that were weighed since stations with evidence last came or went.
  var weighed: Set<Int> = []
  /// The first receivers of its media.
  var viewers: [IPAddress] = []
  /// The alert that was raised for it.
  @Boxed var alert: Alert?
  /// Its alert waits until then.
  var deadline: Timestamp?
  /// How its first frame came.
  var arrival = Arrival()
  /// It waits until it is known whether it is invented.
  var isHeld = false
  /// The alert of the invented cameras that it is one of. An alert of its own may come back.
  @Boxed var group: String?
  /// When to check next whether it is still here, or back.
  var check: Timestamp?
  /// Its state when it was last drained to be stored.
  var drained: Mark?
  /// Its state in an earlier run.
  @Boxed var recalled: DeviceSnapshot?

  /// The alert is another device's, or settled.
  mutating func forgetAlert() {
    alert = nil
    check = nil
    watchEnd = nil
  }
  /// Answers DNS queries: the names it asks for are others'.
  var isResolver = false
  /// Option 82 of its last DHCP request.
  var circuit: String?
  var remote: String?
  @Boxed var formerCircuit: FormerCircuit?
  /// The TTL with which it opened its last connection; 0 before.
  var baseTTL: UInt8 = 0
  /// Signs of another device with the same MAC address.
  var sharing: Inventory.Sharing = []
  /// Nil before a frame showed its place, and everywhere where rooms do not depend on that.
  @Boxed fileprivate var tracker: LocationTracker?
  var location: LocationTracker {
    get { tracker ?? LocationTracker() }
    set { tracker = newValue }
  }
  @Boxed var uploads: UploadHistory?
  /// Somebody watched it when an earlier run ended; over then, if the upload does not go on.
  var watchEnd: Timestamp?
}

/// Keeps a value that most records lack out of the record, which then has room for a reference only.
@propertyWrapper
struct Boxed<Value> {
  private final class Box {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private var box: Box?

  init(wrappedValue: Value?) { box = wrappedValue.map(Box.init) }

  var wrappedValue: Value? {
    get { box?.value }
    set {
      if let newValue, isKnownUniquelyReferenced(&box) { box?.value = newValue } else { box = newValue.map(Box.init) }
    }
  }
}

extension DeviceRecord {
  /// Differs whenever a device has changed in a way worth storing. A hash: there is one for each device.
  struct Mark: Equatable {
    private let hash: Int

    init(_ snapshot: DeviceSnapshot) {
      var hasher = Hasher()
      // In whole minutes: every packet changes the time, and not every one is worth a write.
      hasher.combine(snapshot.device.lastSeen.nanoseconds / 60_000_000_000)
      hasher.combine(snapshot.device.evidence.count)
      hasher.combine(snapshot.device.evidence.count(where: \.isCorroborated))
      hasher.combine(snapshot.viewers.count)
      hasher.combine(snapshot.device.hostname)
      hasher.combine(snapshot.device.isDeclared)
      hasher.combine(snapshot.device.room)
      hasher.combine(snapshot.device.deviceClass)
      hasher.combine(snapshot.device.classReasons.count)
      // Not its rates, which change all the time.
      hasher.combine(snapshot.device.traffic?.since)
      hasher.combine(snapshot.device.traffic?.to)
      hasher.combine(snapshot.device.traffic?.picturesPerSecond == nil)
      hasher.combine(snapshot.device.uploadsForHours)
      hasher.combine(snapshot.alert)
      hasher.combine(snapshot.deadline)
      hasher.combine(snapshot.group)
      hash = hasher.finalize()
    }
  }
}

/// Stations, grouped to devices; grouped anew when a MAC address turns out to be a router's, or an address to be held by one.
struct DeviceTable: ~Copyable {
  /// Stations of one address that are filed anew when its holder changes.
  static let addressLimit = 64

  private(set) var identity: Identity
  /// By station number.
  private var records = Slab<StationRecord?>(capacity: StationTable.capacity, largePages: false)
  private(set) var devices = Slab<DeviceRecord>(capacity: StationTable.capacity, largePages: false)
  private var free: [Int] = []
  private var index: [DeviceID: Int] = [:]
  private var stationsOfMAC: [Link: [StationID]] = [:]
  private var stationsOfAddress: [SegmentAddress: [StationID]] = [:]
  /// Devices to which evidence came with a station that was filed anew, since the last drain.
  private var moved: Set<Int> = []

  init(lan: [IPNetwork]) { identity = Identity(lan: lan) }
  init(identity: Identity) { self.identity = identity }

  subscript(station id: StationID) -> StationRecord? {
    @inline(__always) _read {
      let slot = Int(id.rawValue)
      yield slot < records.count ? records[slot] : nil
    }
    @inline(__always) _modify {
      let slot = Int(id.rawValue)
      while records.count <= slot { records.append(nil) }
      yield &records[slot]
    }
  }

  /// The device of a station; nil where the station was not taken in. Reads no more of its record.
  func device(of id: StationID) -> Int? {
    let slot = Int(id.rawValue)
    return slot < records.count ? records[slot]?.device : nil
  }

  subscript(device number: Int) -> DeviceRecord {
    @inline(__always) _read { yield devices[number] }
    @inline(__always) _modify { yield &devices[number] }
  }

  /// Devices with at least one station.
  var live: [Int] { devices.indices.filter { !devices[$0].stations.isEmpty } }

  func number(of id: DeviceID) -> Int? { index[id] }

  func isOnLAN(_ id: DeviceID) -> Bool { !id.mac.isNone || identity.isOnLAN(id.address) }

  /// Takes in what is known of a device from before.
  ///
  /// - Returns: nil where it is known already.
  mutating func recall(_ snapshot: DeviceSnapshot) -> Int? {
    let number = device(snapshot.id)
    guard devices[number].recalled == nil else { return nil }
    devices[number].recalled = snapshot
    devices[number].viewers += snapshot.viewers.filter { !devices[number].viewers.contains($0) }
    if devices[number].alert == nil { devices[number].alert = snapshot.alert }
    return number
  }

  // MARK: Stations come and go

  /// A station was seen for the first time. Those beyond the LAN are not stored.
  ///
  /// - Returns: no station with its MAC address was taken in before.
  mutating func appeared(_ id: StationID, _ station: Station) -> Bool {
    let isNew = !station.mac.isNone && stationsOfMAC[Link(station)] == nil
    if station.address == .none || identity.isOnLAN(station.address) { _ = admit(id, station) }
    return isNew
  }

  /// The device of a station, which is taken in where it is new.
  mutating func admit(_ id: StationID, _ station: Station) -> Int {
    if let known = device(of: id) { return known }
    let number = device(identity.device(of: station))
    self[station: id] = StationRecord(station: station, device: number)
    join(id, number)
    if !station.mac.isNone {
      let place = stationsOfMAC[Link(station)]?.count ?? 0
      stationsOfMAC[Link(station), default: []].append(id)
      self[station: id]?.placeOfMAC = place
    }
    if station.address != .none, stationsOfAddress[SegmentAddress(station)].map({ $0.count < Self.addressLimit }) ?? true {
      stationsOfAddress[SegmentAddress(station), default: []].append(id)
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

  /// - Returns: items of evidence that went with them, and the MAC addresses among theirs that forwarded for others.
  mutating func removed(_ gone: [StationTable.Removed]) -> (evidence: Int, forwarders: [Station]) {
    var forwarders: [Station] = []
    var evidence = 0
    for (id, station) in gone.map({ ($0.id, $0.station) }) {
      if let record = self[station: id] {
        evidence += record.evidence.count
        if !record.evidence.isEmpty { devices[record.device].weighed = [] }
        leave(id)
        removeFromMAC(id, record)
        remove(id, from: SegmentAddress(station))
        self[station: id] = nil
        freeIfEmpty(record.device)
      }
      if identity.forget(station, isLastOfMAC: stationsOfMAC[Link(station)] == nil) { forwarders.append(station) }
    }
    return (evidence, forwarders)
  }

  /// Files a station under a device.
  private mutating func join(_ id: StationID, _ number: Int) {
    let place = devices[number].stations.count
    self[station: id]?.device = number
    self[station: id]?.placeInDevice = place
    devices[number].stations.append(id)
  }

  /// Takes a station out of its device; the last one takes its place.
  private mutating func leave(_ id: StationID) {
    guard let record = self[station: id], let last = devices[record.device].stations.popLast(), last != id else { return }
    devices[record.device].stations[record.placeInDevice] = last
    self[station: last]?.placeInDevice = record.placeInDevice
  }

  private mutating func removeFromMAC(_ id: StationID, _ record: StationRecord) {
    let link = Link(record.station)
    guard let last = stationsOfMAC[link]?.popLast() else { return }
    if last != id {
      stationsOfMAC[link]?[record.placeOfMAC] = last
      self[station: last]?.placeOfMAC = record.placeOfMAC
    }
    if stationsOfMAC[link]?.isEmpty == true { stationsOfMAC[link] = nil }
  }

  private mutating func remove(_ id: StationID, from place: SegmentAddress) {
    stationsOfAddress[place]?.removeAll { $0 == id }
    if stationsOfAddress[place]?.isEmpty == true { stationsOfAddress[place] = nil }
  }

  /// Stations of devices that something is under way about.
  func stationsOfConcern() -> Set<StationID> {
    Set(devices.indices.flatMap { devices[$0].alert != nil || devices[$0].deadline != nil ? devices[$0].stations : [] })
  }

  /// Drops devices that only an earlier run knew, and that were not seen since.
  mutating func forgetRecalled(before time: Timestamp) {
    for number in devices.indices where devices[number].stations.isEmpty && devices[number].deadline == nil {
      guard let recalled = devices[number].recalled, recalled.device.lastSeen < time else { continue }
      if devices[number].alert == nil { devices[number].recalled = nil }
      freeIfEmpty(number)
    }
  }

  /// Drops what is known of devices whose stations are gone.
  mutating func erase(_ addresses: Set<MACAddress>) {
    for number in devices.indices where addresses.contains(devices[number].id.mac) && index[devices[number].id] == number {
      devices[number].forgetAlert()
      (devices[number].deadline, devices[number].recalled, devices[number].group) = (nil, nil, nil)
      freeIfEmpty(number)
    }
  }

  private mutating func freeIfEmpty(_ number: Int) {
    guard devices[number].stations.isEmpty, devices[number].alert == nil, devices[number].recalled == nil else { return }
    index[devices[number].id] = nil
    devices[number] = DeviceRecord(id: devices[number].id)
    moved.remove(number)
    free.append(number)
  }

  // MARK: Bindings

  /// This station says, or DHCP says of it, that it holds its address.
  ///
  /// - Returns: another one says so too, which is news.
  mutating func bind(_ station: Station, isLease: Bool, hasConversed: Bool) -> Bool {
    let claim = identity.bind(station, isLease: isLease, hasConversed: hasConversed)
    if let change = claim.change { regroup(change) }
    return claim.isConflict
  }

  /// A station held a conversation for the first time.
  mutating func conversed(_ id: StationID, _ station: Station) {
    self[station: id]?.hasConversed = true
    if let change = identity.conversed(station) { regroup(change) }
  }

  /// - Returns: the device of the station took part in an exchange, which was not known before.
  mutating func takesPart(_ id: StationID) -> Bool {
    guard let record = self[station: id], record.tookPart, !devices[record.device].tookPart else { return false }
    devices[record.device].tookPart = true
    return true
  }

  mutating func forwards(_ finding: ForwarderTable.Finding) {
    if let change = identity.forwards(finding) { regroup(change) }
  }

  mutating func markRouter(_ station: Station) {
    if let change = identity.markRouter(station) { regroup(change) }
  }

  /// Those with its MAC address, and those at its address, in the order of their numbers.
  private func stations(of change: Identity.Change) -> [StationID] {
    let ofMAC = stationsOfMAC[Link(segment: change.segment, mac: change.mac)] ?? []
    let ofAddress = stationsOfAddress[SegmentAddress(segment: change.segment, address: change.address)] ?? []
    // Nearly always one, and the same.
    if ofMAC == ofAddress || ofAddress.isEmpty { return ofMAC.sorted() }
    return Set(ofMAC + ofAddress).sorted()
  }

  /// Files the stations anew that a binding or a new router concerns.
  private mutating func regroup(_ change: Identity.Change) {
    var left: Set<Int> = []
    for station in stations(of: change) {
      guard let record = self[station: station] else { continue }
      let id = identity.device(of: record.station)
      guard id != devices[record.device].id else { continue }
      let isNew = index[id] == nil
      let number = device(id)
      if isNew {
        devices[number].shown = devices[record.device].shown
        devices[number].remembered = devices[record.device].remembered
        devices[number].unnamed = devices[record.device].unnamed
        devices[number].traits = devices[record.device].traits
        devices[number].asked = devices[record.device].asked
        devices[number].pushed = devices[record.device].pushed
        devices[number].tracker = devices[record.device].tracker
        devices[number].uploads = devices[record.device].uploads
        devices[number].arrival = devices[record.device].arrival
      }
      leave(station)
      join(station, number)
      if record.tookPart { devices[number].tookPart = true }
      left.insert(record.device)
      guard !record.evidence.isEmpty else { continue }
      moved.insert(number)
      passOn(from: record.device, to: number)
      devices[number].weighed = []
      devices[record.device].weighed = []
    }
    for number in left.sorted() { freeIfEmpty(number) }
  }

  /// The last station with evidence takes the alert along: the camera is the same, and raises no second one.
  private mutating func passOn(from old: Int, to new: Int) {
    if devices[old].isResolver { devices[new].isResolver = true }
    guard let alert = devices[old].alert, devices[new].alert == nil else { return }
    let hasEvidence = devices[old].stations.contains { station in
      self[station: station].map { $0.device == old && !$0.evidence.isEmpty } ?? false
    }
    guard !hasEvidence else { return }
    devices[new].alert = alert
    devices[old].forgetAlert()
  }

  mutating func drainMoved() -> [Int] {
    if moved.isEmpty { return [] }
    defer { moved.removeAll() }
    return moved.sorted { devices[$0].id.description < devices[$1].id.description }
  }
}

extension SegmentAddress {
  fileprivate init(_ station: Station) { self.init(segment: station.segment, address: station.address) }
}

extension Link {
  fileprivate init(_ station: Station) { self.init(segment: station.segment, mac: station.mac) }
}
