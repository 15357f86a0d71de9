import CLinux
import Capture
import Detection
import Foundation
import Synchronization

/// Looks after the files of a ring of packets that are complete: keeps those of devices on hold, and takes out those of devices that people
/// erased, or that turned out to be people's. It works on a queue of its own, so that capture never waits for it.
///
/// A file is rewritten beside itself and then takes its own place. Files of packets on hold are named `held-…`; they outlive the ring, within
/// a limit of their own.
public final class RingKeeper: Sendable {
  private enum Mark {
    static let held = "held-"
    /// Left the ring, but not looked through for packets on hold.
    static let leaving = "leaving-"
    static let part = ".part"
  }

  private enum Task: Sendable {
    /// A file leaves the ring.
    case leave(String)
    /// Takes packets of these devices out, but for those that others are followed by.
    case remove(Set<MACAddress>, followed: Set<MACAddress>)
    /// Some devices are not on hold any more.
    case release
  }

  private struct State {
    /// Nil until somebody has looked: what leaves the ring before waits.
    var held: Set<MACAddress>?
    var tasks: [Task] = []
    var isBusy = false
    var remarks: [String] = []
    var saidFull = false
  }

  static let suffix = ".pcapng"
  private let folder: String
  private let heldLimit: Int
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "lenscap.ring", qos: .utility)

  /// - Parameter heldBytes: of all packets on hold that left the ring.
  public init(folder: String, heldBytes: Int = EvidenceRing.Limits().heldBytes) { (self.folder, heldLimit) = (folder, heldBytes) }

  // MARK: What it is asked to do

  /// True while something that it was asked for is not done.
  var isBusy: Bool { state.withLock { $0.isBusy } }

  /// What went wrong since the last call, for people.
  public func takeRemarks() -> [String] {
    state.withLock { state in
      defer { state.remarks = [] }
      return state.remarks
    }
  }

  /// The devices of alerts on hold.
  public func hold(_ devices: Set<MACAddress>) {
    let former = state.withLock { state in
      defer { state.held = devices }
      return state.held
    }
    if former == nil { for name in names(Mark.leaving) { add(.leave(name)) } }
    if former?.isSubset(of: devices) != true, !names(Mark.held).isEmpty { add(.release) }
  }

  /// Takes out all packets that a device sent or got, but for those on hold.
  ///
  /// - Parameter followed: what these sent or got stays.
  public func remove(_ devices: Set<MACAddress>, followed: Set<MACAddress> = []) {
    if !devices.isEmpty { add(.remove(devices, followed: followed)) }
  }

  /// Deletes a file of the ring, or keeps what is on hold of it.
  func leave(_ name: String) {
    let held = state.withLock { $0.held }
    if held?.isEmpty == true || held == nil && bytes(Mark.leaving) >= heldLimit {
      unsafe unlink(path(name))
    } else if unsafe rename(path(name), path(Mark.leaving + name)) == 0, held != nil {
      add(.leave(Mark.leaving + name))
    }
  }

  /// Deletes what an earlier run did not end writing.
  func tidy() { for name in names() where name.hasSuffix(Mark.part) { unsafe unlink(path(name)) } }

  /// Packets of a device in all files.
  public func count(of device: MACAddress) -> Int {
    var count = 0
    CaptureSequence(paths: names().filter { $0.hasSuffix(Self.suffix) }.map(path)).run { frame in
      if Self.addresses(of: frame).contains(device) { count += 1 }
    }
    return count
  }

  /// Waits until all is done, for commands and tests.
  public func finish() { queue.sync {} }

  private func add(_ task: Task) {
    state.withLock { state in
      state.tasks.append(task)
      state.isBusy = true
    }
    queue.async { self.work() }
  }

  // MARK: On the queue

  private func work() {
    while let task = state.withLock({ $0.tasks.first }) {
      let held = state.withLock { $0.held } ?? []
      switch task {
      case .leave(let name): leave(name, held)
      case .release:
        for name in names(Mark.held) { rewrite(name) { !held.isDisjoint(with: $0) } }
      case .remove(let devices, let followed):
        for name in names() where name.hasSuffix(Self.suffix) && !name.hasPrefix(Mark.held) {
          rewrite(name) { addresses in
            devices.isDisjoint(with: addresses) || !held.isDisjoint(with: addresses) || !followed.isDisjoint(with: addresses)
          }
        }
      }
      state.withLock { state in
        state.tasks.removeFirst()
        state.isBusy = !state.tasks.isEmpty
      }
    }
  }

  private func leave(_ name: String, _ held: Set<MACAddress>) {
    if bytes(Mark.held) >= heldLimit {
      let isNew = state.withLock { state in
        defer { state.saidFull = true }
        return !state.saidFull
      }
      if isNew { remark("the packets on hold have reached \(heldLimit >> 20) MiB: older ones stay, further ones are not kept any more") }
    } else if rewrite(name, { !held.isDisjoint(with: $0) }) {
      unsafe rename(path(name), path(Mark.held + name.dropFirst(Mark.leaving.count)))
    }
    unsafe unlink(path(name))
  }

  private func bytes(_ mark: String) -> Int {
    names(mark).reduce(0) { sum, name in
      var facts = stat()
      return unsafe stat(path(name), &facts) == 0 ? sum + Int(facts.st_size) : sum
    }
  }

  /// Leaves only some packets in a file, and deletes it where none is left.
  ///
  /// - Parameter stays: whether a packet with these addresses does.
  /// - Returns: the file is still there.
  @discardableResult
  private func rewrite(_ name: String, _ stays: (Set<MACAddress>) -> Bool) -> Bool {
    let (source, target) = (path(name), path(name + Mark.part))
    var (kept, gone) = (0, 0)
    // First only looked at: most files hold nothing of the device.
    CaptureSequence(paths: [source]).run { frame in
      if stays(Self.addresses(of: frame)) { kept += 1 } else { gone += 1 }
    }
    guard gone > 0 else { return unsafe access(source, F_OK) == 0 }
    guard kept > 0 else {
      unsafe unlink(source)
      return false
    }
    let interfaces = CaptureInterfaces()
    do throws(CaptureError) {
      unsafe unlink(target)
      let writer = try CaptureWriter(path: target, application: "lenscap", snapLength: 0, interfaces: interfaces)
      CaptureSequence(paths: [source], interfaces: interfaces).run { frame in
        if stays(Self.addresses(of: frame)) { writer.write(frame) }
      }
      if let error = writer.close() { throw error }
    } catch {
      unsafe unlink(target)
      remark("packets could not be taken out of \(name): \(error)")
      return true
    }
    // A command of root's leaves the file to the watch. Its age stays that of its packets.
    var facts = stat()
    if unsafe stat(source, &facts) == 0 {
      if geteuid() == 0 { unsafe chown(target, facts.st_uid, facts.st_gid) }
      let times = [facts.st_mtim, facts.st_mtim]
      unsafe utimensat(AT_FDCWD, target, times, 0)
    }
    // Unless the ring let it go meanwhile.
    guard unsafe access(source, F_OK) == 0 else {
      unsafe unlink(target)
      return false
    }
    return unsafe rename(target, source) == 0
  }

  private static func addresses(of frame: borrowing Frame) -> Set<MACAddress> {
    let packet = Packet(decoding: frame)
    var addresses: Set<MACAddress> = [packet.sourceMAC, packet.destinationMAC]
    // Of what is in a tunnel, the packet has no link addresses: those outside count.
    if frame.linkType == .ethernet, frame.bytes.byteCount >= 12 {
      func address(_ start: Int) -> MACAddress {
        MACAddress(
          bits: (start..<start + 6).reduce(0) { unsafe $0 << 8 | UInt64(frame.bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) })
      }
      addresses.formUnion([address(0), address(6)])
    }
    addresses.remove(.none)
    return addresses
  }

  private func remark(_ text: String) { state.withLock { $0.remarks.append(text) } }
  private func path(_ name: String) -> String { folder + "/" + name }

  private func names(_ mark: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { mark.isEmpty || $0.hasPrefix(mark) }.sorted()
  }
}
