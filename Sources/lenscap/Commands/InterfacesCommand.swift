import ArgumentParser
import Capture
import Detection
import Documents

struct Interfaces: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interfaces",
    abstract: "List the network interfaces, and show what traffic each one receives.",
    discussion: """
      Helps to choose the interface to watch. A mirror or bridge port receives traffic between other devices. An ordinary port receives \
      this machine's own traffic and broadcasts, so it reveals only cameras that announce themselves.

      Sends nothing. Without the right to capture, it only lists the interfaces.
      """)

  @Option(
    help: ArgumentHelp("Time to capture, on all interfaces that are up at once; 0 to only list them. (default: 3)", valueName: "seconds"))
  var seconds: Int?

  private static let defaultSeconds = 3

  func validate() throws {
    if let seconds, !(0...3600).contains(seconds) { throw ValidationError("--seconds: 0 to 3600.") }
  }

  func run() throws {
    let (text, refusal) = Self.survey(NetworkInterface.all().filter { $0.isNetwork || $0.name == "any" }, seconds ?? Self.defaultSeconds)
    printOut(text)
    guard let refusal else { return }
    printError("lenscap: \(refusal)")
    if seconds != nil { throw ExitStatus.noPermission.code }
  }

  /// A table of interfaces with what each sees within some seconds; and the error, if this user may not capture.
  static func survey(_ interfaces: [NetworkInterface], _ seconds: Int = defaultSeconds) -> (table: String, LiveCaptureError?) {
    let chosen = seconds > 0 ? interfaces.filter { $0.isNetwork && $0.isUp && !$0.isLoopback } : []
    let (probes, refusal) = open(chosen, among: interfaces)
    if !probes.isEmpty { run(probes, .seconds(seconds)) }
    return (table(interfaces, probes), refusal)
  }

  /// A probe for each interface; none, and the error, if this user may not capture.
  private static func open(_ interfaces: [NetworkInterface], among all: [NetworkInterface]) -> ([InterfaceProbe], LiveCaptureError?) {
    var probes: [InterfaceProbe] = []
    for interface in interfaces {
      do throws(LiveCaptureError) {
        probes.append(try InterfaceProbe(interface, among: all))
      } catch {
        if case .noPermission = error { return ([], error) }
        probes.append(InterfaceProbe(interface, failure: error))
      }
    }
    return (probes, nil)
  }

  private static func run(_ probes: [InterfaceProbe], _ duration: Duration) {
    StopSignals.install()
    let captures = probes.compactMap(\.capture)
    let end = ContinuousClock.now + duration
    while !captures.isEmpty, ContinuousClock.now < end, !StopSignals.stopped {
      LiveCapture.wait(for: captures)
      for probe in probes { probe.take() }
    }
  }

  private static func table(_ interfaces: [NetworkInterface], _ probes: [InterfaceProbe]) -> String {
    guard !interfaces.isEmpty else { return "No interface is visible to this user." }
    let width = interfaces.map(\.name.count).max() ?? 0
    let style = Style.forOutput
    return interfaces.flatMap { interface -> [String] in
      let facts = [interface.state] + (interface.mac.isNone ? [] : [interface.mac.description]) + interface.addresses.map(\.description)
      let finding =
        probes.first { $0.interface.name == interface.name }.map { [String(repeating: " ", count: width + 2) + $0.finding] } ?? []
      return [
        style.strong(interface.name) + String(repeating: " ", count: width + 2 - interface.name.count) + facts.joined(separator: "  ")
      ] + finding
    }.joined(separator: "\n")
  }
}

extension NetworkInterface {
  /// False for `any` and for libpcap's other sources, such as USB buses and firewall queues.
  var isNetwork: Bool { !mac.isNone || !addresses.isEmpty || NetworkDevices.contain(name) }

  fileprivate var state: String {
    if name == "any" { return "all interfaces together" }
    let kind = isLoopback ? ", loopback" : isWireless ? ", wireless" : ""
    return (isUp ? isRunning ? "up" : "up, no carrier" : "down") + kind
  }
}
