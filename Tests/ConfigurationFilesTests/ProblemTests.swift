import Testing
import YAMLReading

@testable import ConfigurationFiles

/// Each mistake in lenscap.yaml, with its place and message.
@Suite struct ProblemTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let problems: [String]
    var testDescription: String { text }

    init(_ text: String, _ problems: String...) { self.init(text: text, problems: problems) }

    init(text: String, problems: [String]) {
      self.text = text
      self.problems = problems
    }
  }

  static func problems(_ bytes: [UInt8]) -> [String] {
    do throws(ConfigurationError) {
      _ = try Configuration.parse(bytes, file: "f", folder: "/")
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  static func sink(_ rest: String, _ problems: String...) -> Case {
    Case(text: "sinks: [{ name: a, \(rest) }]", problems: problems)
  }

  static let top = [
    Case(
      "sink: []",
      "f:1:1: unknown key \"sink\", expected one of property, interfaces, known, rooms, retention, privacy, sinks, serve, dashboard, uplink, "
        + "database, "
        + "filter, format, write, snap-length, buffer, monitor, user, no-promiscuous-mode, utc, digest, sensor-name, lan, signatures, "
        + "headers-only, evidence, did you mean \"sinks\"?"),
    Case(
      "dashboard: { listen: http://192.0.2.1:80 }",
      "f:1:22: dashboard.listen is \"http://192.0.2.1:80\", expected an IP address with a port, such as 192.0.2.10:8443, or without TLS a "
        + "loopback address such as http://127.0.0.1:8080"),
    Case(
      "dashboard: { key: a.pem }", "f:1:19: dashboard.key has no certificate, expected dashboard.certificate beside it"),
    Case(
      "uplink: { url: mqtt://broker.example, certificate: a, key: b }",
      "f:1:16: uplink.url is not usable, expected the address of a broker such as mqtts://broker.example:8883, or without TLS "
        + "mqtt://127.0.0.1:1883"),
    Case(
      "uplink: { url: mqtts://b.example, cert: a, key: b }", "f:1:9: uplink has no \"certificate\"; `lenscap enroll` writes what is needed",
      "f:1:35: unknown key \"cert\", did you mean \"certificate\"?"),
    Case(
      "uplink: { url: mqtts://b.example, certificate: a, key: b, accept: [decalred] }",
      "f:1:68: uplink.accept is \"decalred\", expected one of declared, rooms, signatures, software, did you mean \"declared\"?"),
    Case("site: x", "f:1:1: unknown key \"site\", did you mean \"rooms\"?"),
    Case("keep_devices: 3d", "f:1:1: unknown key \"keep_devices\", did you mean \"retention: { devices: … }\"?"),
    Case("- a", "f:1:1: the file is a list, expected a mapping"),
    Case("hello", "f:1:1: the file is text, expected a mapping"),
    Case("utc: maybe", "f:1:6: utc is \"maybe\", expected true or false"),
    Case("utc: [true]", "f:1:6: utc is a list, expected true or false"),
    Case("utc:", "f:1:5: utc is nothing, expected true or false"),
    Case(
      "snap-length: 10\nsnap_length: 100", "f:1:14: snap-length is \"10\", expected a number from 64 to 262144",
      "f:2:1: the key \"snap_length\" is there twice, expected once"),
    Case("buffer: 64k", "f:1:9: buffer is \"64k\", expected a number from 1 to 2047"),
    Case("buffer: 99999999999999999999", "f:1:9: buffer is \"99999999999999999999\", expected a number from 1 to 2047"),
    Case("format: jsnl", "f:1:9: format is \"jsnl\", expected one of text, jsonl, did you mean \"jsonl\"?"),
    Case("digest: 7:00", "f:1:9: digest is \"7:00\", expected a time of day such as 07:00"),
    Case("digest: 24:00", "f:1:9: digest is \"24:00\", expected a time of day such as 07:00"),
    Case("lan: [10.0.0.0/8, 10.0.0.0/33]", "f:1:19: lan is \"10.0.0.0/33\", expected a network such as 203.0.113.0/24 or 2001:db8::/32"),
    Case("lan: []", "f:1:6: lan is a list of 0, expected 1 to 1000"),
    Case("interfaces: [eth1, eth1]", "f:1:13: interface \"eth1\" is named twice; its packets would count twice"),
    Case("interfaces: [any, eth1]", "f:1:13: interface any includes all the others"),
    Case("interfaces: [\"-\"]\nmonitor: true", "f:1:13: interface - excludes other interfaces and monitor"),
    Case(
      "write: x.pcapng\nheaders-only: true",
      "f:1:8: write stores whole packets, but headers-only promises not to read them: use only one of the two"),
    Case("sensor-name: \"a\\eb\"", "f:1:14: sensor-name is text with control characters, expected text of 1 to 255 bytes"),
    Case(
      "property: { nmae: x }", "f:1:13: unknown key \"nmae\", expected one of name, address, time_zone, language, did you mean \"name\"?"),
    Case(
      "property: { time_zone: Europe/Lisbonn }",
      "f:1:24: property.time_zone is \"Europe/Lisbonn\", expected a name of the time zone database such as Europe/Lisbon, did you mean \"Europe/Lisbon\"?"
    ),
    Case(
      "property: { time_zone: ../../../etc/passwd }",
      "f:1:24: property.time_zone is \"../../../etc/passwd\", expected a name of the time zone database such as Europe/Lisbon"),
    Case(
      "property: { time_zone: zone.tab }",
      "f:1:24: property.time_zone is \"zone.tab\", expected a name of the time zone database such as Europe/Lisbon"),
    Case("property: { language: de }", "f:1:23: property.language is \"de\", expected one of en"),
    Case("privacy: { messages: some }", "f:1:22: privacy.messages is \"some\", expected one of minimal, full"),
    Case(
      "retention: { devices: 12h }", "f:1:23: retention.devices is \"12h\", expected a time from 1d to 10000d, such as 30s, 5m, 12h or 30d"),
    Case("retention: { size: 0 }", "f:1:20: retention.size is \"0\", expected a size from 1 to 1048576 MiB, such as 256 or 2 GiB"),
    Case(
      "retention: { size: 9223372036854775807 GiB }",
      "f:1:20: retention.size is \"9223372036854775807 GiB\", expected a size from 1 to 1048576 MiB, such as 256 or 2 GiB"),
    Case("database: a\nserve: { database: /a }", "f:1:1: serve.database is the database of the watch, expected another file"),
    Case("known: [\"*\"]", "f:1:9: \"*\" would declare everything, expected a MAC address or a name"),
    Case(
      "known: [{ mca: x }]", "f:1:9: expected a MAC address, a name, or a mapping with \"mac\" or \"name\"",
      "f:1:11: unknown key \"mca\", expected one of mac, name, place, owner, note, did you mean \"mac\"?"),
    Case("rooms: [{ room: A, vlan: 5000 }]", "f:1:26: \"5000\" is not a VLAN, expected 101, or 20.101 for tags within tags, outer first"),
    Case("rooms: { room: A }", "f:1:8: rooms is a mapping, expected a list, such as [ { room: Room 101, vlan: 101 } ]"),
    Case(
      "serve: { listen: 0.0.0.0:9476 }",
      "f:1:18: serve.listen is \"0.0.0.0:9476\", expected a loopback address with a port, such as 127.0.0.1:9476"),
    Case(
      "serve: { listen: \"::1:80\" }", "f:1:18: serve.listen is \"::1:80\", expected a loopback address with a port, such as 127.0.0.1:9476"
    ),
    Case(
      "serve: { ack_listen: 127.0.0.1 }",
      "f:1:22: serve.ack_listen is \"127.0.0.1\", expected an IP address with a port, such as 0.0.0.0:8443"),
    Case(
      "serve: { ack_listen: \"1.2.3.4:65536\" }",
      "f:1:22: serve.ack_listen is \"1.2.3.4:65536\", expected an IP address with a port, such as 0.0.0.0:8443"),
    Case(
      "serve: { public_url: box.example.com }",
      "f:1:22: serve.public_url is not usable, expected an address such as https://host/path, without a user, a password and ?"),
    Case("serve: { reports: [{ every: hourly }] }", "f:1:29: serve.reports.every is \"hourly\", expected one of daily, weekly, monthly"),
    Case("serve: { reports: [{ at: 07:00 }] }", "f:1:20: serve.reports has no \"every\", expected every: daily, weekly or monthly"),
    Case("serve: { reports: { every: daily, to: [x] } }", "f:1:40: serve.reports.to is \"x\", expected the name of a sink"),
  ]

  static let sinks = [
    Case("sinks: { a: b }", "f:1:8: sinks is a mapping, expected a list, such as - { name: porter, kind: http, preset: ntfy, url: … }"),
    Case("sinks: [x]", "f:1:9: sinks is a list with text, expected mappings with name and kind"),
    sink(
      "url: x",
      "f:1:9: this sink has no \"kind\", expected one of webhook, http, mail, mqtt, file, syslog, exec, heartbeat, ntfy, telegram, dingtalk, feishu"
    ),
    sink(
      "kind: webhok, url: x",
      "f:1:26: kind is \"webhok\", expected one of webhook, http, mail, mqtt, file, syslog, exec, heartbeat, ntfy, telegram, dingtalk, feishu, did you mean \"webhook\"?"
    ),
    Case("sinks: [{ kind: file, path: /a }]", "f:1:9: this sink has no \"name\", expected a name of your choice"),
    Case("sinks: [{ name: a b, kind: file, path: /a }]", "f:1:17: sinks.#1.name is \"a b\", expected 1 to 64 letters, digits, -, _ and ."),
    Case(
      "sinks: [{ name: a, kind: file, path: /a }, { name: a, kind: file, path: /b }]",
      "f:1:52: the name \"a\" is used by an earlier sink, expected another"),
    sink("kind: webhook", "f:1:9: sinks.a has no \"url\", expected for kind webhook"),
    sink(
      "kind: telegram", "f:1:9: sinks.a has no \"chat\", expected for preset telegram",
      "f:1:9: sinks.a has no \"secret_file\" or \"secret_env\", expected for preset telegram"),
    sink(
      "kind: mail, host: h", "f:1:9: sinks.a has no \"from\", expected for kind mail",
      "f:1:9: sinks.a has no \"to\", expected for kind mail"),
    sink(
      "kind: http, preset: nfty, url: https://a/",
      "f:1:40: sinks.a.preset is \"nfty\", expected one of ntfy, telegram, dingtalk, feishu, did you mean \"ntfy\"?"),
    sink(
      "kind: file, path: /a, chat: b",
      "f:1:42: unknown key \"chat\", expected by other kinds of sink; kind file takes name, kind, path, when, language, format, template, retry, give_up_after, alarm_after, limit, escalate, privacy"
    ),
    sink(
      "kind: file, path: /a, fromat: eve",
      "f:1:42: unknown key \"fromat\", expected one of name, kind, path, when, language, format, template, retry, give_up_after, alarm_after, limit, escalate, privacy, did you mean \"format\"?"
    ),
    sink("kind: file, path: /a, format: html", "f:1:50: sinks.a.format is \"html\", expected one of lenscap, eve"),
    sink(
      "kind: webhook, url: \"ftp://a/\", secret_env: S",
      "f:1:40: sinks.a.url is not usable, expected an address such as https://host/path, without a user and password"),
    sink(
      "kind: webhook, url: \"https://me:hunter2@a/\", secret_env: S",
      "f:1:40: sinks.a.url is not usable, expected an address such as https://host/path, without a user and password"),
    sink("kind: webhook, url: https://a/, secret: hunter2", "f:1:52: unknown key \"secret\", a secret, \(SettingsReader.secretHint)"),
    sink("kind: http, url: https://a/, token: hunter2", "f:1:49: unknown key \"token\", a secret, \(SettingsReader.secretHint)"),
    sink("kind: mqtt, host: h, password: hunter2", "f:1:41: unknown key \"password\", a secret, \(SettingsReader.secretHint)"),
    sink(
      "kind: webhook, url: https://a/, secret_file: whsec_aGVsbG8=", "f:1:65: this is a secret, \(SettingsReader.secretHint)",
      "f:1:65: sinks.a.secret_file is not usable, expected the path of a file"),
    sink(
      "kind: webhook, url: https://a/, secret_env: \"hunter 2\"",
      "f:1:64: sinks.a.secret_env is not usable, expected the name of an environment variable, such as LENSCAP_TOKEN"),
    sink(
      "kind: webhook, url: https://a/, secret_env: S, secret_file: s",
      "f:1:64: sinks.a has both \"secret_file\" and \"secret_env\", expected only one of them"),
    sink(
      "kind: http, url: https://a/, headers: { Authorization: Bearer x }",
      "f:1:75: sinks.a.headers.Authorization is a secret, \(SettingsReader.secretHint)"),
    sink("kind: http, url: https://a/, headers: { \"A B\": x }", "f:1:60: sinks.a.headers is \"A B\", expected a header's name"),
    sink(
      "kind: http, url: https://a/, headers: { A: \"x\\r\\nB: y\" }",
      "f:1:63: sinks.a.headers.A is text with control characters, expected text of printable ASCII"),
    sink(
      "kind: http, url: https://a/, method: TRACE", "f:1:57: sinks.a.method is \"TRACE\", expected one of POST, PUT, PATCH, GET, DELETE"),
    sink("kind: mqtt, host: \"a b\"", "f:1:38: sinks.a.host is \"a b\", expected a host's name or IP address"),
    sink("kind: mqtt, host: h, port: 0", "f:1:47: sinks.a.port is \"0\", expected a number from 1 to 65535"),
    sink("kind: mqtt, host: h, tls: starttls", "f:1:46: sinks.a.tls is \"starttls\", expected one of none, implicit"),
    sink("kind: mail, host: h, from: a, to: b@c", "f:1:47: sinks.a.from is \"a\", expected a mail address such as porter@example.com"),
    sink(
      "kind: mail, host: h, from: \"a@b\\r\\nBcc: c\", to: b@c",
      "f:1:47: sinks.a.from is text with control characters, expected a mail address such as porter@example.com"),
    sink(
      "kind: mail, host: h, from: a@b, to: b@c, user: u",
      "f:1:67: sinks.a.user has no password, expected \"secret_file\" or \"secret_env\" beside it"),
    sink("kind: syslog, path: /a, host: b", "f:1:50: sinks.a has both \"path\" and \"host\", expected only one of them"),
    sink("kind: syslog, tls: implicit", "f:1:39: sinks.a.tls needs a host, expected \"host\" beside it"),
    sink(
      "kind: file, path: /a, when: { events: alert.rased }",
      "f:1:58: sinks.a.when.events is \"alert.rased\", expected one of alert, alert.raised, alert.surer, alert.changed, alert.silent, alert.back, alert.acknowledged, alert.dismissed, alert.declared, alert.reopened, health, report, test, did you mean \"alert.raised\"?"
    ),
    sink(
      "kind: file, path: /a, when: { hours: 22:00 }",
      "f:1:57: sinks.a.when.hours is \"22:00\", expected two times of day such as \"22:00-06:30\""),
    sink(
      "kind: file, path: /a, when: { hours: \"22:00-22:00\" }",
      "f:1:57: sinks.a.when.hours is \"22:00-22:00\", expected two times of day such as \"22:00-06:30\""),
    sink(
      "kind: file, path: /a, retry: [1s, 1x]",
      "f:1:54: sinks.a.retry is \"1x\", expected a time from 1s to 30d, such as 30s, 5m, 12h or 30d"),
    sink("kind: file, path: /a, limit: many", "f:1:49: sinks.a.limit is \"many\", expected none, a number, or { messages: 10, per: 10m }"),
    sink("kind: file, path: /a, limit: 0", "f:1:49: sinks.a.limit is \"0\", expected none, a number, or { messages: 10, per: 10m }"),
    sink("kind: file, path: /a, escalate: { after: 5m, to: a }", "f:1:69: sinks.a.escalate.to is the sink itself, expected another"),
    sink("kind: file, path: /a, escalate: { after: 5m, to: b }", "f:1:69: sinks.a.escalate.to is \"b\", expected one of a"),
    sink("kind: file, path: /a, escalate: { to: b }", "f:1:52: sinks.a.escalate has no \"after\", expected { after: 15m, to: NAME }"),
    Case(
      "sinks: [{ name: a, kind: file, path: /a, escalate: { after: 5m, to: b } }, { name: b, kind: heartbeat, url: https://a/ }]",
      "f:1:69: sinks.a.escalate.to is \"b\", a heartbeat, expected a sink that takes events"),
    sink(
      "kind: file, path: /a, headers: x",
      "f:1:42: unknown key \"headers\", expected by other kinds of sink; kind file takes name, kind, path, when, language, format, template, retry, give_up_after, alarm_after, limit, escalate, privacy"
    ),
    sink(
      "kind: mail, host: h, from: a@b, to: a@b, template: x",
      "f:1:71: sinks.a.template is text, expected a mapping with subject, short, long, html"),
    sink("kind: exec, command: cat", "f:1:41: sinks.a.command is \"cat\", expected the path of a program, such as /usr/local/bin/notify"),
    sink(
      "kind: mail, host: h, from: a@b, to: b@c, tls: none",
      "f:1:66: sinks.a.tls is \"none\", expected starttls or implicit for a server on another machine"),
    sink(
      "kind: heartbeat, url: https://a/, retry: 5s",
      "f:1:54: unknown key \"retry\", expected by other kinds of sink; kind heartbeat takes name, kind, url, every, template, ca_file, alarm_after"
    ),
    sink(
      "kind: ntfy, url: https://a/, preset: telegram", "f:1:57: sinks.a has a preset as its kind, expected no \"preset\" beside it"),
    sink("kind: exec, command: []", "f:1:41: sinks.a.command is a list of 0, expected 1 to 100"),
  ]

  @Test(arguments: top + sinks)
  func message(test: Case) { #expect(Self.problems(Array(test.text.utf8)) == test.problems) }

  @Test func everyProblemIsListed() {
    let text = "utc: 1\nserve: { listen: x }\nsinks: [{ name: a, kind: file }, { name: b, kind: x }]\nhello: 1\n"
    #expect(Self.problems(Array(text.utf8)).count == 5)
  }

  @Test func manyProblemsAreCounted() {
    let text = (0..<500).map { "key\($0): 1\n" }.joined()
    let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(Array(text.utf8), file: "f", folder: "/") }
    let lines = error?.description.split(separator: "\n") ?? []
    #expect(lines.count == 101 && lines.last == "and 400 more problems")
  }

  /// Wrong values may be secrets in the wrong place.
  @Test(arguments: top + sinks)
  func secretsAreNotShown(test: Case) {
    for line in Self.problems(Array(test.text.utf8)) { #expect(!line.contains("hunter") && !line.contains("whsec_a")) }
  }

  // MARK: Files that are no YAML

  @Test(arguments: [
    ("a: [", "f:2:1: not YAML: while parsing a flow node in line 2: did not find expected node content"),
    ("a:\n\t- b", "f:2:1: not YAML: a tab indents this line, expected spaces"),
    ("utc: true\nutc: true", "f:1:1: duplicate key \"utc\""),
    ("utc: true\n---\nutc: true", "f:2:1: not YAML: expected a single document in the stream in line 1: but found another document"),
    ("a: b\u{0}", "f:1:5: a NUL byte, expected text"),
    ("a: b\n\u{1B}[2J", "f:2:1: the control character U+001B, expected text"),
    ("a: *b", "f:1:4: not YAML: found undefined alias"), ("a: &b [*b]", "f:1:8: not YAML: found undefined alias"),
    ("host: !secret x", "f:1:7: unknown tag \"!secret\", expected a value without a tag"),
  ])
  func noYAML(text: String, problem: String) { #expect(Self.problems(Array(text.utf8)) == [problem]) }

  @Test func noUTF8() {
    #expect(Self.problems(Array("a: b\nc: ".utf8) + [0xFF, 0xFE]) == ["f:2:4: this is not UTF-8, expected UTF-8 text"])
    #expect(Self.problems([0xFF, 0xFE, 0x61, 0x00]) == ["f:1:1: this is not UTF-8, expected UTF-8 text"])
  }

  /// Each line doubles what the one before stands for, also as keys: 2^60 nodes.
  @Test(arguments: ["[*a%, *a%]", "{ *a% : 1, x: *a% }", "{ ? [*a%, *a%] : 1 }"])
  func aliasesThatDouble(item: String) {
    let lines = (0..<60).map { "a\($0 + 1): &a\($0 + 1) " + item.replacing("%", with: "\($0)") }
    let problems = Self.problems(Array((["a0: &a0 x"] + lines).joined(separator: "\n").utf8))
    #expect(problems.count == 1 && problems[0].contains("stand for more than 100000 values"), "\(problems)")
  }

  /// Ends with a problem, not with the end of the stack.
  @Test(arguments: ["[", "{a: ", "- ", "? "])
  func deepNesting(opening: String) {
    #expect(!Self.problems(Array(String(repeating: opening, count: 100_000).utf8)).isEmpty)
    #expect(!Self.problems(Array("known: \(String(repeating: opening, count: 900))".utf8)).isEmpty)
  }

  @Test func starsInTextAreNoAliases() throws {
    let settings = try ConfigurationTests.settings("filter: a *b\nsensor-name: \"*c\" # *d\nproperty:\n  name: '*e'\n")
    #expect(settings.watch.filter == "a *b" && settings.watch.sensorName == "*c" && settings.property.name == "*e")
  }

  @Test func aliasesRepeatValues() throws {
    let settings = try ConfigurationTests.settings(
      """
      sinks:
        - { name: a, kind: file, path: /a, when: &night { events: [alert, health], hours: "22:00-06:00" } }
        - { name: b, kind: file, path: /b, when: *night }
      """)
    #expect(settings.sinks[0].when == settings.sinks[1].when && settings.sinks[1].when.events == ["alert", "health"])
  }
}
