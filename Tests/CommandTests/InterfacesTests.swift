import Foundation
import Testing

@Suite struct InterfacesCommandTests {
  @Test func list() throws {
    let result = try Command.run("interfaces", "--seconds", "0")
    #expect(result.status == 0)
    #expect(result.output.contains("up, loopback  127.0.0.1"))
    #expect(result.errors.isEmpty)
    #expect(try Command.run("interfaces", "--seconds", "-1").status == 64)
    #expect(try Command.run("interfaces", "--seconds", "soon").status == 64)
  }

  @Test(.needs(.namespaces)) func withoutPermission() throws {
    func run(_ options: String) throws -> (status: Int32, output: String, errors: String) {
      try inANamespace("setpriv --bounding-set=-net_raw,-net_admin '\(Command.binary)' interfaces \(options)")
    }
    let listed = try run("")
    #expect(listed.status == 0 && listed.output.contains("lenscap-t0"))
    #expect(listed.errors.contains("setcap cap_net_raw,cap_net_admin+ep"))
    #expect(try run("--seconds 1").status == 77)
  }

  /// On one end of a pair, frames between two other stations, also tagged ones; on a bridge port one would see as much.
  @Test(.needs(.namespaces)) func trafficIsDescribed() throws {
    let frame = "b'\\x02\\0\\0\\0\\0\\x01\\x02\\0\\0\\0\\0\\x02\\x81\\0\\0\\x0c\\x08\\0' + b'x' * 60"
    let sender =
      "python3 -c \"import socket, time; s = socket.socket(17, 3); s.bind(('lenscap-t1', 0)); [s.send(\(frame)) and time.sleep(.05) for n in range(120)]\""
    let shown = try inANamespace("\(sender) & '\(Command.binary)' interfaces --seconds 4; wait")
    #expect(shown.status == 0)
    let lines = shown.output.split(separator: "\n").map(String.init)
    let finding = lines.drop { !$0.hasPrefix("lenscap-t0") }.dropFirst().first ?? ""
    #expect(finding.contains("1 other device") || finding.contains("other devices"))
    #expect(finding.contains("VLAN 12; "))
    #expect(finding.hasSuffix("of them between other devices: shows other devices' traffic"))
  }
}
