import Capture
import Detection
import Documents
import Glibc
import Synchronization

/// Samples the traffic of one interface for a few seconds.
final class InterfaceProbe {
  private static let snapLength = 256
  private static let bufferBytes = 8 << 20

  let interface: NetworkInterface
  private(set) var capture: LiveCapture?
  private var failure: LiveCaptureError?
  private let machine: MachineAddresses
  private var sample = TrafficSample()

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

  /// Adds the frames that have arrived. Stops for good if the interface fails.
  func take() {
    do throws(LiveCaptureError) {
      _ = try capture?.takeArrived { sample.add(FrameClass($0, to: machine)) }
    } catch {
      failure = error
      capture = nil
    }
  }

  /// One line: the traffic seen, and whether the interface is worth watching.
  var finding: String { failure.map { "\($0)" } ?? sample.finding(of: capture?.linkType) }
}

/// The system's list of network devices.
enum NetworkDevices {
  static func contain(_ name: String) -> Bool { unsafe access("/sys/class/net/\(name)", F_OK) == 0 }
}

/// SIGINT and SIGTERM end the capture; it checks at least ten times a second.
enum StopSignals {
  private static let flag = Atomic<Bool>(false)
  static var stopped: Bool { flag.load(ordering: .relaxed) }

  static func install() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { _ in StopSignals.flag.store(true, ordering: .relaxed) }
      unsafe sigaction(number, &action, nil)
    }
  }
}
