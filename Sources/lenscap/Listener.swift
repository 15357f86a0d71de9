import Capture
import Detection
import Glibc

/// What can be heard on an interface within some seconds.
final class Listener {
  /// Different senders and VLANs that are counted; more are not.
  private static let limit = 100_000
  private static let snapLength = 256
  private static let bufferBytes = 8 << 20

  let interface: NetworkInterface
  private(set) var capture: LiveCapture?
  private var failure: LiveCaptureError?
  private var packets: UInt64 = 0
  /// Packets between two other devices.
  private var foreign: UInt64 = 0
  private var senders: Set<MACAddress> = []
  private var vlans: Set<UInt16> = []

  init(_ interface: NetworkInterface) throws(LiveCaptureError) {
    self.interface = interface
    capture = try LiveCapture(interface: interface.name, snapLength: Self.snapLength, bufferBytes: Self.bufferBytes)
  }

  init(_ interface: NetworkInterface, failure: LiveCaptureError) {
    self.interface = interface
    self.failure = failure
  }

  /// Takes what has arrived. An interface that fails is over.
  func take() {
    do throws(LiveCaptureError) {
      _ = try capture?.takeArrived { note($0) }
    } catch {
      failure = error
      capture = nil
    }
  }

  private func note(_ frame: borrowing Frame) {
    packets += 1
    guard frame.linkType == .ethernet, frame.bytes.byteCount >= 14 else { return }
    let (destination, source) = (frame.bytes.mac(0), frame.bytes.mac(6))
    if source != interface.mac {
      if senders.count < Self.limit { senders.insert(source) }
      if destination != interface.mac, !destination.isGroup { foreign += 1 }
    }
    let type = EtherType(rawValue: frame.bytes.u16(12))
    if type == .vlan || type == .qinq || type == .qinqOld, frame.bytes.byteCount >= 18 { vlans.insert(frame.bytes.u16(14) & 0xFFF) }
  }

  /// One line: what was heard, and whether it is worth watching.
  var finding: String {
    if let failure { return "\(failure)" }
    guard packets > 0 else { return "nothing heard" }
    let count = plural(Int(packets), "packet") ?? ""
    guard capture?.linkType == .ethernet else {
      return "\(count) of \(capture?.linkType.name ?? "an unknown link"), without addresses of devices"
    }
    let others = senders.isEmpty ? "" : " from \(plural(senders.count, "other device") ?? "")"
    let tags =
      vlans.isEmpty ? "" : "; VLAN \(vlans.sorted().prefix(12).map(String.init).joined(separator: ", "))" + (vlans.count > 12 ? " …" : "")
    return count + others + tags + "; " + judgement
  }

  private var judgement: String {
    if foreign > 0 { return "\(grouped(foreign)) of them between others: shows other devices' traffic" }
    if senders.isEmpty { return "only its own traffic: not a mirror or bridge port" }
    return "only its own traffic and broadcasts: not a mirror or bridge port; enough only where this machine is the devices' router"
  }
}

/// The system's list of network devices.
enum NetworkDevices {
  static func contain(_ name: String) -> Bool { access("/sys/class/net/\(name)", F_OK) == 0 }
}
