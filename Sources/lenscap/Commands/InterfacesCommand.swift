import ArgumentParser
import Capture
import Detection

struct Interfaces: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the network interfaces, and listens on each for what it lets be seen.",
    discussion: """
      The way to the interface to watch: a mirror or bridge port shows what other devices say to each other. An ordinary port shows \
      this machine's own traffic and broadcasts, and cameras only so far as they announce themselves.

      Sends nothing. Listening needs the right to capture; without it the interfaces are listed only.
      """)

  @Option(
    help: ArgumentHelp("Listen so long on all interfaces that are up, together; 0 lists them only. (default: 3)", valueName: "seconds"))
  var seconds: Int?

  private static let defaultSeconds = 3

  func validate() throws {
    if let seconds, !(0...3600).contains(seconds) { throw ValidationError("--seconds: 0 to 3600.") }
  }

  func run() throws {
    let interfaces = NetworkInterface.all().filter { $0.isNetwork || $0.name == "any" }
    let duration = seconds ?? Self.defaultSeconds
    let chosen = duration > 0 ? interfaces.filter { $0.isNetwork && $0.isUp && !$0.isLoopback } : []
    let (listeners, refusal) = Self.open(chosen, among: interfaces)
    if !listeners.isEmpty { Self.listen(listeners, .seconds(duration)) }
    printOut(Self.table(interfaces, listeners))
    guard let refusal else { return }
    printError("lenscap: \(refusal)")
    if seconds != nil { throw ExitStatus.noPermission.code }
  }

  /// Listeners on all that can be opened, and the error where it is for want of the right.
  private static func open(_ interfaces: [NetworkInterface], among all: [NetworkInterface]) -> ([InterfaceProbe], LiveCaptureError?) {
    var listeners: [InterfaceProbe] = []
    for interface in interfaces {
      do throws(LiveCaptureError) {
        listeners.append(try InterfaceProbe(interface, among: all))
      } catch {
        if case .noPermission = error { return ([], error) }
        listeners.append(InterfaceProbe(interface, failure: error))
      }
    }
    return (listeners, nil)
  }

  private static func listen(_ listeners: [InterfaceProbe], _ duration: Duration) {
    StopSignals.install()
    let captures = listeners.compactMap(\.capture)
    let end = ContinuousClock.now + duration
    while !captures.isEmpty, ContinuousClock.now < end, !StopSignals.stopped {
      LiveCapture.wait(for: captures)
      for listener in listeners { listener.take() }
    }
  }

  private static func table(_ interfaces: [NetworkInterface], _ listeners: [InterfaceProbe]) -> String {
    guard !interfaces.isEmpty else { return "No interface is visible to this user." }
    let width = interfaces.map(\.name.count).max() ?? 0
    let style = Style.forOutput
    return interfaces.flatMap { interface -> [String] in
      let facts = [interface.state] + (interface.mac.isNone ? [] : [interface.mac.description]) + interface.addresses.map(\.description)
      let heard =
        listeners.first { $0.interface.name == interface.name }.map { [String(repeating: " ", count: width + 2) + $0.finding] } ?? []
      return [
        style.strong(interface.name) + String(repeating: " ", count: width + 2 - interface.name.count) + facts.joined(separator: "  ")
      ] + heard
    }.joined(separator: "\n")
  }
}

extension NetworkInterface {
  /// Not `any`, and not what libpcap can capture besides, such as USB buses and firewall queues.
  fileprivate var isNetwork: Bool { !mac.isNone || !addresses.isEmpty || NetworkDevices.contain(name) }

  fileprivate var state: String {
    if name == "any" { return "all interfaces together" }
    let kind = isLoopback ? ", loopback" : isWireless ? ", wireless" : ""
    return (isUp ? isRunning ? "up" : "up, no carrier" : "down") + kind
  }
}
