import Capture
import Detection
import Foundation

/// Packets of suspected devices, on disk: what an evidence pack is made from. Media is cut to its headers before a packet is written.
///
/// The packets that evidence cites are kept, what the device sent and got in the seconds before, and some of what it sends and gets from then
/// on, so that both sides of its conversations show. Files fill one after the other; the oldest goes where there are too many bytes or where
/// it is too old. It belongs to the capture thread.
public final class EvidenceRing {
  /// What a ring may keep.
  public struct Limits: Sendable {
    /// Bytes of all files.
    public var bytes = 256 << 20
    public var age = Duration.seconds(7 * 86_400)
    /// Bytes of packets on hold that have left the ring.
    public var heldBytes: Int { bytes / 2 }
    /// Bytes of one file.
    var fileBytes: Int { max(1 << 16, bytes / 32) }

    public init() {}
  }

  /// Devices that are followed at once.
  private static let suspectLimit = 1024
  /// Packets of one device in an hour, beside those that evidence cites.
  private static let hourlyPackets = 2048
  private static let hour = Duration.seconds(3600)
  /// Bytes in a minute: who invents cameras must not push out what is kept of others.
  private static let minuteBytes = 2 << 20
  private static let minute = Duration.seconds(60)
  /// Devices whose packets are looked for in memory within a minute: that takes as long as many packets.
  private static let minuteSearches = 32
  /// Time between two passes that take out packets of people's devices: whoever invents such devices must not keep the disk busy.
  private static let removalInterval = Duration.seconds(300)
  private static let suffix = RingKeeper.suffix

  private struct Allowance {
    var began: Timestamp
    var packets = 0
  }

  private struct RingFile {
    let name: String
    var bytes: Int
    var last: Timestamp
  }

  private let folder: String
  private let limits: Limits
  private let application: String
  private let interfaces: CaptureInterfaces
  private var suspects: [MACAddress: Allowance] = [:]
  private var cut = MediaCut()
  private var history = FrameHistory()
  private var files: [RingFile] = []
  private var writer: CaptureWriter?
  private var written = 0
  private var number = 0
  private var minuteBegan = Timestamp.zero
  private var bytesInMinute = 0
  private var searchesInMinute = 0
  /// People's devices whose packets are to go.
  private var personal: Set<MACAddress> = []
  private var nextRemoval = Timestamp.distantPast
  private var nextExpiry = Timestamp.distantPast
  /// Looks after the files that are complete.
  public let keeper: RingKeeper
  /// Packets that were left out because there were too many.
  public private(set) var leftOut: UInt64 = 0

  /// Makes the folder, which only its owner can read, and finds the files of earlier runs.
  ///
  /// - Throws: an error of Foundation where the folder cannot be made or read.
  public init(folder: String, limits: Limits = Limits(), application: String, interfaces: CaptureInterfaces) throws {
    (self.folder, self.limits, self.application, self.interfaces) = (folder, limits, application, interfaces)
    keeper = RingKeeper(folder: folder, heldBytes: limits.heldBytes)
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for name in try manager.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(Self.suffix) {
      guard let known = Int(name.dropLast(Self.suffix.count)) else { continue }
      number = max(number, known)
      let facts = try? manager.attributesOfItem(atPath: path(name))
      let changed = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      let bytes = (facts?[.size] as? NSNumber)?.intValue ?? 0
      files.append(RingFile(name: name, bytes: bytes, last: Timestamp(seconds: Int64(changed), nanoseconds: 0)))
    }
    keeper.tidy()
  }

  public static func folder(besideDatabase path: String) -> String { path + "-packets" }

  /// The files of a ring that can be read, oldest first.
  public static func files(besideDatabase path: String) -> [String] {
    let folder = folder(besideDatabase: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().map { folder + "/" + $0 }
  }

  /// Follows devices again that an earlier run suspected.
  public func recall(_ snapshots: [DeviceSnapshot]) {
    for snapshot in snapshots where snapshot.device.mayBeCamera && snapshot.device.deviceClass != .personal {
      suspect(snapshot.device.id, at: snapshot.device.lastSeen)
    }
    // The run may have ended before it took them out.
    personal.formUnion(snapshots.filter { $0.isOnlyPersonal }.map(\.device.id.mac))
  }

  /// Takes a frame, after the engine has seen it.
  ///
  /// - Parameter cited: the device that the frame is evidence about.
  public func take(_ frame: borrowing Frame, cited: DeviceID?) {
    history.add(frame)
    beginMinute(at: frame.time)
    if let cited, suspect(cited, at: frame.time), searchesInMinute < Self.minuteSearches {
      searchesInMinute += 1
      history.replay(cited.mac) { keep($0) }
    }
    if suspects.isEmpty { return }
    let packet = Packet(decoding: frame)
    // Both, so that each counts what it sends and gets.
    let isOfSender = isAllowed(packet.sourceMAC, frame.time)
    let isOfReceiver = isAllowed(packet.destinationMAC, frame.time)
    if cited != nil || isOfSender || isOfReceiver { keep(frame) }
  }

  private func keep(_ frame: borrowing Frame) {
    let kept = cut.keptBytes(of: frame)
    bytesInMinute += kept
    guard bytesInMinute <= Self.minuteBytes else {
      leftOut += 1
      return
    }
    write(
      Frame(
        bytes: frame.bytes.extracting(0..<kept), originalLength: max(frame.originalLength, frame.bytes.byteCount), linkType: frame.linkType,
        time: frame.time, reference: frame.reference, interface: frame.interface))
  }

  /// The device turned out to be a person's: its packets are not kept any longer. Those that were kept go, unless there is an alert about it.
  public func clear(_ snapshot: DeviceSnapshot) {
    let mac = snapshot.device.id.mac
    if suspects.removeValue(forKey: mac) != nil, snapshot.isOnlyPersonal { personal.insert(mac) }
  }

  /// Takes out all packets that these devices sent or got: somebody had them erased.
  public func erase(_ devices: Set<MACAddress>) {
    for device in devices { suspects[device] = nil }
    history.forget(devices)
    endFile()
    keeper.remove(devices)
  }

  /// Does what falls due: lets go of what is too old, and of people's packets.
  public func attend(at time: Timestamp) {
    if time >= nextExpiry {
      nextExpiry = time + Self.hour
      if let last = files.last, time > last.last + limits.age { endFile() }
      removeOld(at: time)
    }
    guard !personal.isEmpty, time >= nextRemoval else { return }
    nextRemoval = time + Self.removalInterval
    history.forget(personal)
    endFile()
    // What a suspected device exchanged with them stays: it is about that one.
    keeper.remove(personal, followed: Set(suspects.keys))
    personal = []
  }

  /// Writes what is buffered.
  public func flush() { writer?.flush() }

  public func close() { _ = writer?.close() }

  /// - Returns: it was not suspected before.
  @discardableResult
  private func suspect(_ device: DeviceID, at time: Timestamp) -> Bool {
    guard !device.mac.isNone, suspects[device.mac] == nil else { return false }
    if suspects.count >= Self.suspectLimit, let idlest = suspects.min(by: { $0.value.began < $1.value.began }) {
      suspects[idlest.key] = nil
    }
    suspects[device.mac] = Allowance(began: time)
    return true
  }

  private func isAllowed(_ mac: MACAddress, _ time: Timestamp) -> Bool {
    guard var allowance = suspects[mac] else { return false }
    if time > allowance.began + Self.hour { allowance = Allowance(began: time) }
    allowance.packets += 1
    suspects[mac] = allowance
    return allowance.packets <= Self.hourlyPackets
  }

  /// By the frame at hand: those from memory are older.
  private func beginMinute(at time: Timestamp) {
    guard time > minuteBegan + Self.minute || time < minuteBegan else { return }
    (minuteBegan, bytesInMinute, searchesInMinute) = (time, 0, 0)
  }

  // MARK: Files

  private func path(_ name: String) -> String { folder + "/" + name }

  private func write(_ frame: borrowing Frame) {
    if writer == nil || written >= limits.fileBytes { beginFile(at: frame.time) }
    writer?.write(frame)
    written += frame.bytes.byteCount + 48
    guard let last = files.indices.last else { return }
    files[last].bytes = written
    files[last].last = frame.time
  }

  private func endFile() {
    close()
    writer = nil
  }

  private func beginFile(at time: Timestamp) {
    close()
    number += 1
    let digits = String(number)
    let name = String(repeating: "0", count: max(0, 10 - digits.count)) + digits + Self.suffix
    writer = try? CaptureWriter(path: path(name), application: application, snapLength: 0, interfaces: interfaces)
    written = 0
    if writer != nil { files.append(RingFile(name: name, bytes: 0, last: time)) }
    removeOld(at: time)
  }

  /// Removes the oldest files where there are too many bytes, and those that are too old.
  private func removeOld(at time: Timestamp) {
    while files.count > (writer == nil ? 0 : 1), let oldest = files.first,
      total + limits.fileBytes > limits.bytes || time > oldest.last + limits.age
    {
      keeper.leave(oldest.name)
      files.removeFirst()
    }
  }

  private var total: Int { files.reduce(0) { $0 + $1.bytes } }
}

extension DeviceSnapshot {
  /// Somebody's telephone or computer, and nothing that an alert is about.
  fileprivate var isOnlyPersonal: Bool { device.deviceClass == .personal && alert == nil && !device.id.mac.isNone }
}
