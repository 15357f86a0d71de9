import Foundation
import Testing

/// `lenscap setup`, with its services left alone.
@Suite struct SetupTests {
  private func setUp(_ folder: URL, _ options: String...) throws -> Command.Result {
    try Command.run(
      [
        "setup", "--no-start", "--no-test", "--config", folder.appending(path: "lenscap.yaml").path, "--database",
        folder.appending(path: "l.sqlite").path,
      ]
        + options)
  }

  private func configuration(_ folder: URL) throws -> String {
    try String(contentsOf: folder.appending(path: "lenscap.yaml"), encoding: .utf8)
  }

  private func secret(_ name: String, _ folder: URL) throws -> String {
    try String(contentsOf: folder.appending(path: "secrets/\(name)"), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func optionsAnswerAll() throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(
        folder, "--yes", "--interface", "lo", "--property", "Hotel: \"Sol\" #1", "--time-zone", "Europe/Lisbon", "--sink",
        "ntfy=https://ntfy.example/topic")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("Next:") && result.output.contains("https://ntfy.example/topic"))
      let text = try configuration(folder)
      for line in [
        #"name: "Hotel: \"Sol\" #1""#, #"time_zone: "Europe/Lisbon""#, #"interfaces: ["lo"]"#, #"url: "https://ntfy.example/topic""#,
        "preset: ntfy",
      ] { #expect(text.contains(line), "\(line)") }
      let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "lenscap.yaml").path)[.posixPermissions] as? Int
      #expect(mode.map { $0 & 0o027 } == 0)
    }
  }

  @Test(.needs(.tool("python3"))) func theConfigurationIsYAML() throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(
        folder, "--yes", "--interface", "lo", "--property", "a\\b 'c' \"d\" é\u{2028}", "--sink",
        "mail=a@example.com via smtp.example.com:465",
        "--sink", "mqtt=broker.example", "--sink", "file=/tmp/a: b.jsonl", "--sink", "heartbeat=https://example.com/h", "--sink",
        "webhook=https://example.com/1", "--sink", "webhook=https://example.com/2")
      #expect(result.status == 0, "\(result.errors)")
      let path = folder.appending(path: "lenscap.yaml").path
      let check = """
        import sys, yaml
        c = yaml.safe_load(open(sys.argv[1]))
        assert c["property"]["name"] == "a\\\\b 'c' \\"d\\" é\\u2028", c["property"]
        assert [s["name"] for s in c["sinks"]] == ["mail", "mqtt", "file", "heartbeat", "webhook", "webhook-2"], c["sinks"]
        assert c["sinks"][0]["port"] == 465 and c["sinks"][0]["tls"] == "implicit" and c["sinks"][2]["path"] == "/tmp/a: b.jsonl"
        """
      try check.write(to: folder.appending(path: "check.py"), atomically: true, encoding: .utf8)
      #expect(try shell("/usr/bin/python3 '\(folder.path)/check.py' '\(path)'") == 0)
    }
  }

  @Test func withoutTerminalAndYesItAsksNothing() throws {
    try withTemporaryFolder { folder throws in
      #expect(try setUp(folder, "--interface", "lo").status == 64)
      #expect(try setUp(folder, "--yes").status == 64)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test func anExistingConfigurationIsKept() throws {
    try withTemporaryFolder { folder throws in
      try "old: text\n".write(to: folder.appending(path: "lenscap.yaml"), atomically: true, encoding: .utf8)
      #expect(try setUp(folder, "--yes", "--interface", "lo").status == 0)
      #expect(try String(contentsOf: folder.appending(path: "lenscap.yaml.old"), encoding: .utf8) == "old: text\n")
    }
  }

  /// A web hook's secret is made once: a second setup must not lock the receiver out.
  @Test func secretsAreInFilesOfTheirOwn() throws {
    try withTemporaryFolder { folder throws in
      let token = folder.appending(path: "token")
      try "12345:very-secret\n".write(to: token, atomically: true, encoding: .utf8)
      let options = ["--yes", "--interface", "lo", "--sink", "telegram=123", "--sink", "webhook=https://example.com/x"]
      func run(_ more: String...) throws -> Command.Result {
        try Command.run(["setup", "--no-start", "--no-test", "--config", folder.appending(path: "lenscap.yaml").path] + options + more)
      }
      #expect(try run().status == 64)
      let result = try run("--secret-file", "telegram=\(token.path)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try secret("telegram", folder) == "12345:very-secret")
      let made = try secret("webhook", folder)
      #expect(made.hasPrefix("whsec_") && Data(base64Encoded: String(made.dropFirst(6)))?.count == 32)
      for text in [result.output, result.errors, try configuration(folder)] {
        #expect(!text.contains("very-secret") && !text.contains(made))
      }
      #expect(try configuration(folder).contains("secret_file: \"\(folder.path)/secrets/telegram\""))
      #expect(try run().status == 0)
      #expect(try secret("webhook", folder) == made && secret("telegram", folder) == "12345:very-secret")
    }
  }

  @Test(arguments: [
    "ntfy", "ntfy=", "ntfy=ftp://x/y", "ntfy=https://u:p@x/y", "carrier-pigeon=x", "mail=nobody", "mail=a@b.example smtp.example",
    "telegram=a b",
    "mqtt=host:99999", "mqtt=host as", "file=relative", "webhook=https://x/\u{1B}[2J",
  ]) func wrongPlacesAreUsage(sink: String) throws {
    try withTemporaryFolder { folder throws in
      #expect(try setUp(folder, "--yes", "--interface", "lo", "--sink", sink).status == 64)
    }
  }

  @Test func anUnknownInterfaceIsNoInput() throws {
    try withTemporaryFolder { folder throws in
      #expect(try setUp(folder, "--yes", "--interface", "no-such-interface").status == 66)
    }
  }

  /// On a terminal it asks; wrong answers are asked again.
  @Test(.needs(.tool("python3"))) func itAsksOnATerminal() throws {
    try withTemporaryFolder { folder throws in
      let program = """
        import os, pty, sys
        answers = {b"Interface to watch": [b"nonsense", b"lo"], b"Name of the property": [b"Hotel Sol"], b"Time zone": [b"Mars/Base", b"UTC"],
                   b"Number [1]": [b"2"], b"Chat:": [b"a b", b"-42"], b"Number [0]": [b"0"], b"token of your bot": [b"12345:hush-hush"],
                   b"Number, or an address": [b"0.0.0.0", b"nonsense", b"127.0.0.1:8497"], b"first manager": [b"rosa"]}
        seen = b""
        def read(descriptor):
            global seen
            data = os.read(descriptor, 4096)
            seen += data
            for question, left in answers.items():
                # A question ends with a colon and a blank.
                if question in seen.split(b"\\n")[-1] and seen.endswith(b": ") and left:
                    os.write(descriptor, left.pop(0) + b"\\n")
                    seen += b"\\n"
                    break
            return data
        status = os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read))
        sys.exit(status)
        """
      try program.write(to: folder.appending(path: "ask.py"), atomically: true, encoding: .utf8)
      let path = folder.appending(path: "lenscap.yaml").path
      let log = folder.appending(path: "log").path
      let status = try shell(
        "timeout 60 python3 '\(folder.path)/ask.py' '\(Command.binary)' setup --no-start --no-test --config '\(path)' --database '\(folder.path)/l.sqlite' > '\(log)' < /dev/null"
      )
      let said = try String(contentsOfFile: log, encoding: .utf8)
      #expect(status == 0, "\(said)")
      let text = try configuration(folder)
      #expect(text.contains(#"name: "Hotel Sol""#) && text.contains(#"interfaces: ["lo"]"#) && text.contains(#"chat: "-42""#))
      #expect(text.contains(#"listen: "127.0.0.1:8497""#) && said.contains("rosa, for 30 minutes, once:"))
      #expect(try secret("telegram", folder) == "12345:hush-hush")
      #expect(!said.contains("hush-hush"))
    }
  }
}
