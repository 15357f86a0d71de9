import Foundation

/// Runs a command in a network namespace with a loopback interface and a veth pair `lenscap-t0`, `lenscap-t1`, all up.
func inANamespace(_ command: String) throws -> (status: Int32, output: String, errors: String) {
  try withTemporaryFolder { (folder) throws in
    let (script, out, err) = (
      folder.appendingPathComponent("run.sh"), folder.appendingPathComponent("out"), folder.appendingPathComponent("err")
    )
    let setUp =
      "ip link set lo up; ip link add lenscap-t0 type veth peer name lenscap-t1 && ip link set lenscap-t0 up && ip link set lenscap-t1 up || exit 99"
    try "\(setUp)\n\(command)\n".write(to: script, atomically: true, encoding: .utf8)
    let status = try shell("unshare -n sh '\(script.path)' > '\(out.path)' 2> '\(err.path)'")
    return (status, try String(contentsOf: out, encoding: .utf8), try String(contentsOf: err, encoding: .utf8))
  }
}
