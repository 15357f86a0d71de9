import Capture
import Detection
import Glibc

/// What can be heard on an interface within some seconds.
final class InterfaceProbe {
  private static let snapLength = 256
  private static let bufferBytes = 8 << 20

  let interface: NetworkInterface
  private(set) var capture: LiveCapture?
  private var failure: LiveCaptureError?
  private let machine: MachineAddresses
  private var heard = TrafficSample()

  /// - Parameter all: the machine's interfaces, whose addresses are its own.
  init(_ interface: NetworkInterface, among all: [NetworkInterface]) throws(LiveCaptureError) {
    self.interface = interface
    machine = MachineAddresses(of: interface.name, among: all)
    capture = try LiveCapture(interface: interface.name, snapLength: Self.snapLength, bufferBytes: Self.bufferBytes)
  }

  init(_ interface: NetworkInterface, failure: LiveCaptureError) {
    self.interface = interface
    machine = MachineAddresses()
    self.failure = failure
  }

  /// Takes what has arrived. An interface that fails is over.
  func take() {
    do throws(LiveCaptureError) {
      _ = try capture?.takeArrived { heard.note(FrameClass($0, to: machine)) }
    } catch {
      failure = error
      capture = nil
    }
  }

  /// One line: what was heard, and whether it is worth watching.
  var finding: String { failure.map { "\($0)" } ?? heard.finding(of: capture?.linkType) }
}

/// The system's list of network devices.
enum NetworkDevices {
  static func contain(_ name: String) -> Bool { access("/sys/class/net/\(name)", F_OK) == 0 }
}
