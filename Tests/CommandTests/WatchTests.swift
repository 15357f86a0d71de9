import Foundation
import Testing

@Suite struct WatchCommandTests {
  @Test func wrongInterfaces() throws {
    #expect(try Command.run("watch").status == 64)
    #expect(try Command.run("watch", "-i", "lo", "-i", "lo").status == 64)
    #expect(try Command.run("watch", "-i", "lo", "-i", "any").status == 64)
  }

  /// Packets of both interfaces, and the same in the file that is written.
  @Test(.enabled(if: geteuid() == 0, "needs root")) func severalInterfaces() throws {
    try withTemporaryFolder { (folder) throws in
      let file = folder.appendingPathComponent("watched.pcap").path
      let sender = """
        python3 -c "import socket, time; time.sleep(1); \
        a = socket.socket(17, 3); a.bind(('lenscap-t0', 0)); a.send(b'\\xff' * 6 + b'\\x02\\0\\0\\0\\0\\x07' + b'\\x12\\x34' + b'first' * 12); \
        b = socket.socket(2, 2); b.sendto(b'second' * 12, ('127.0.0.1', 9))"
        """
      let watch = "timeout --preserve-status -s INT 3 '\(Command.binary)' watch -i lo -i lenscap-t0 --write '\(file)'"
      guard let watched = try? inANamespace("\(sender) & \(watch); status=$?; wait; exit $status"), !watched.errors.contains("unshare")
      else { return }
      guard watched.errors.contains("lenscap-t0 (ethernet)") else { return }
      #expect(watched.status == 0)
      #expect(watched.errors.contains("watching lo (ethernet), lenscap-t0 (ethernet)"))
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      for text in ["first", "second"] { #expect(data.range(of: Data(text.utf8)) != nil, "\(text)") }
    }
  }
}
