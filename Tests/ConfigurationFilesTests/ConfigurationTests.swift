import Testing
import YAMLReading

@testable import ConfigurationFiles
@testable import Detection

/// What lenscap.yaml may say, and what it means.
@Suite struct ConfigurationTests {
  static func settings(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Settings {
    try configuration(text, sourceLocation: sourceLocation).settings
  }

  static func configuration(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Configuration {
    do throws(ConfigurationError) {
      return try Configuration.parse(Array(text.utf8), file: "lenscap.yaml", folder: "/etc/lenscap")
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
      throw error
    }
  }

  @Test(arguments: ["", "# nothing\n", "{}", "sinks:\nserve:\nproperty:\nknown:\n", "\u{FEFF}"])
  func nothingIsDefaults(text: String) throws { #expect(try Self.settings(text) == Settings()) }

  @Test func everythingOfTheWatch() throws {
    let settings = try Self.settings(
      """
      property: { name: Hotel Aurora, address: "Rua 1, Lisboa", time_zone: Europe/Lisbon, language: en }
      interfaces: [eth1, eth2]
      known: [ "b0:c5:54:25:5b:0e", { name: "lobby-cam-*", place: lobby } ]
      rooms: [ { room: Room 1, vlan: 101 } ]
      retention: { devices: 10d, alerts: 2w, guests: 2d, rooms: 90d, evidence: 3d, size: 2 GiB }
      privacy: { messages: minimal }
      database: lenscap.sqlite
      filter: not port 22
      format: jsonl
      write: /srv/all.pcapng
      snap_length: 256
      buffer: 128
      monitor: no
      user: root
      no-promiscuous-mode: true
      utc: true
      digest: 07:00
      sensor-name: east wing
      lan: [203.0.113.0/24, "2001:db8::/32"]
      signatures: more/signatures
      headers-only: off
      evidence: off
      """)
    var expected = Settings()
    expected.property.name = "Hotel Aurora"
    expected.property.address = "Rua 1, Lisboa"
    expected.property.timeZone = "Europe/Lisbon"
    expected.interfaces = ["eth1", "eth2"]
    expected.known = .here(DeclaredDevices(["b0:c5:54:25:5b:0e", "lobby-cam-*"]))
    expected.rooms = .here(Site([.init(room: "Room 1", criteria: [.vlan([101])])]))
    expected.retention.devices = .seconds(10 * 86_400)
    expected.retention.alerts = .seconds(14 * 86_400)
    expected.retention.guests = .seconds(2 * 86_400)
    expected.retention.rooms = .seconds(90 * 86_400)
    expected.retention.evidence = .seconds(3 * 86_400)
    expected.retention.size = 2048
    expected.privacy.messages = .minimal
    expected.watch.database = "/etc/lenscap/lenscap.sqlite"
    expected.watch.filter = "not port 22"
    expected.watch.format = .jsonl
    expected.watch.write = "/srv/all.pcapng"
    expected.watch.snapLength = 256
    expected.watch.buffer = 128
    expected.watch.monitor = false
    expected.watch.user = "root"
    expected.watch.noPromiscuousMode = true
    expected.watch.utc = true
    expected.watch.digest = "07:00"
    expected.watch.sensorName = "east wing"
    expected.watch.lan = [try #require(IPNetwork("203.0.113.0/24")), try #require(IPNetwork("2001:db8::/32"))]
    expected.watch.signatures = "/etc/lenscap/more/signatures"
    expected.watch.headersOnly = false
    expected.watch.evidence = false
    #expect(settings == expected)
  }

  @Test func listsMayBeFiles() throws {
    let settings = try Self.settings("known: ours.yaml\nrooms: /srv/rooms.yaml\n")
    #expect(settings.known == .file("/etc/lenscap/ours.yaml"))
    #expect(settings.rooms == .file("/srv/rooms.yaml"))
  }

  @Test func serve() throws {
    let serve = try Self.settings(
      """
      sinks: [ { name: office, kind: mail, host: mail.example.com, from: "Box <a@example.com>", to: b@example.com } ]
      serve:
        listen: "[::1]:0"
        database: serve.sqlite
        public-url: https://box.example.com/lenscap/
        ack_listen: 0.0.0.0:8443
        reports:
          - { every: daily, at: "06:30", to: office }
          - every: monthly
      """
    ).serve
    var expected = ServeSettings()
    expected.listen = "[::1]:0"
    expected.database = "/etc/lenscap/serve.sqlite"
    expected.publicURL = "https://box.example.com/lenscap"
    expected.ackListen = "0.0.0.0:8443"
    var daily = ReportSettings(every: .daily)
    (daily.hour, daily.minute, daily.to) = (6, 30, ["office"])
    expected.reports = [daily, ReportSettings(every: .monthly)]
    #expect(serve == expected)
  }

  private static func limit(_ messages: Int, _ per: Duration) -> SinkSettings.Limit {
    var limit = SinkSettings.Limit()
    (limit.messages, limit.per) = (messages, per)
    return limit
  }

  @Test func sinks() throws {
    let sinks = try Self.settings(
      """
      sinks:
        - name: porter
          kind: ntfy
          url: https://ntfy.sh/topic
          secret_file: secrets/ntfy
          when: { events: alert, severity: [high], verdict: camera, rooms: ["Room *"], hours: "22:00-06:30" }
          retry: [1s, 5m, 2h]
          give_up_after: 2d
          alarm_after: 30m
          limit: { messages: 5, per: 1m }
          escalate: { after: 15m, to: chief }
          privacy: full
          template: { subject: "{{property}}", long: "two\\nlines" }
          ack_topic: answers
        - { name: chief, kind: http, url: "http://10.0.0.1:8080/x?y=1", template: "{}", headers: { Authorization: "Bearer {{secret}}" }, limit: none }
        - { name: page, kind: telegram, chat: "-1001", secret_env: TOKEN, limit: 3 }
        - { name: hook, kind: webhook, url: https://example.com/, secret_file: /etc/lenscap/secrets/hook }
        - { name: ha, kind: mqtt, host: "2001:db8::1", port: 8883, tls: implicit, ca_file: ca.pem, user: u, discovery_prefix: ha }
        - { name: log, kind: syslog }
        - { name: siem, kind: syslog, host: log.example.com, port: 6514, tls: implicit }
        - { name: eve, kind: file, path: /var/log/eve.json, format: eve }
        - { name: run, kind: exec, command: [bin/notify, --now], time_limit: 10s }
        - { name: run2, kind: exec, path: bin/notify }
        - { name: alive, kind: heartbeat, url: https://hc.example.com/uuid, every: 5m, template: { fail: "https://hc.example.com/uuid/fail" } }
      """
    ).sinks
    #expect(sinks.map(\.name) == ["porter", "chief", "page", "hook", "ha", "log", "siem", "eve", "run", "run2", "alive"])
    var porter = SinkSettings(name: "porter", kind: .http)
    porter.preset = "ntfy"
    porter.url = "https://ntfy.sh/topic"
    porter.secretFile = "/etc/lenscap/secrets/ntfy"
    porter.when.events = ["alert"]
    porter.when.severity = ["high"]
    porter.when.verdict = ["camera"]
    porter.when.rooms = ["Room *"]
    porter.when.hours = .init(from: 22 * 60, to: 6 * 60 + 30)
    porter.retry = [.seconds(1), .seconds(300), .seconds(7200)]
    porter.giveUpAfter = .seconds(2 * 86_400)
    porter.alarmAfter = .seconds(1800)
    porter.ceiling = .limit(Self.limit(5, .seconds(60)))
    porter.escalate = .init(after: .seconds(900), to: "chief")
    porter.privacy = .full
    porter.template = ["subject": "{{property}}", "long": "two\nlines"]
    porter.ackTopic = "answers"
    #expect(sinks[0] == porter)
    #expect(sinks[1].template == ["body": "{}"] && sinks[1].headers == ["Authorization": "Bearer {{secret}}"] && sinks[1].ceiling == .none)
    #expect(sinks[2].preset == "telegram" && sinks[2].secretEnvironment == "TOKEN")
    #expect(
      sinks[2].ceiling
        == .limit(Self.limit(3, .seconds(600))))
    #expect(sinks[4].tls == .implicit && sinks[4].caFile == "/etc/lenscap/ca.pem" && sinks[4].port == 8883)
    #expect(sinks[5].path == "/dev/log" && sinks[6].path == nil)
    #expect(sinks[8].command == ["/etc/lenscap/bin/notify", "--now"] && sinks[9].command == ["/etc/lenscap/bin/notify"])
    #expect(sinks[10].every == .seconds(300))
  }

  @Test func placesAndNotes() throws {
    let configuration = try Self.configuration(
      """
      serve:
        listen: 127.0.0.1:1
      dashboard: { listen: "[::]:443" }
      retention: { guests: 2d, rooms: 90d, evidence: 3d }
      sinks:
        - { name: hook, kind: webhook, url: https://example.com/ }
      """)
    #expect(configuration.places["serve.listen"] == .init(line: 2, column: 11))
    #expect(configuration.places["sinks.hook.url"]?.line == 6)
    #expect(configuration.places["serve.database"] == nil)
    #expect(
      configuration.notes.map(\.description).sorted() == [
        "lenscap.yaml:6:5: sinks.hook has no secret: its receiver cannot tell who sent a message"
      ])
  }

  @Test func page() throws {
    #expect(try Self.settings("utc: true").dashboard == nil)
    #expect(try Self.settings("dashboard: {}").dashboard == DashboardSettings())
    let text = "dashboard: { listen: \"[2001:db8::1]:443\", certificate: c.pem, key: /k.pem, two_people: true }"
    let given = try Self.settings(text).dashboard
    #expect(given?.listen == "[2001:db8::1]:443" && given?.key == "/k.pem" && given?.twoPeople == true)
    #expect(given?.certificate?.hasSuffix("/c.pem") == true)
    #expect(try Self.settings("dashboard: { listen: http://127.0.0.1:80 }").dashboard?.listen == "http://127.0.0.1:80")
  }

  @Test func uplink() throws {
    #expect(try Self.settings("utc: true").uplink == nil)
    let text =
      "uplink: { url: \"mqtts://broker.example\", certificate: uplink/gateway.pem, key: /k.pem, ca: ca.pem, accept: [rooms, declared] }"
    let given = try #require(try Self.settings(text).uplink)
    #expect(given.host == "broker.example" && given.port == 8883 && given.usesTLS)
    #expect(given.certificate == "/etc/lenscap/uplink/gateway.pem" && given.key == "/k.pem" && given.ca == "/etc/lenscap/ca.pem")
    #expect(given.accept == [.declared, .rooms])
    let rest = "certificate: a.pem, key: a.key, accept: []"
    for (url, host, port) in [
      ("mqtts://[2001:db8::1]:443", "2001:db8::1", 443), ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884),
      ("mqtt://localhost", "localhost", 1883),
    ] {
      let local = try #require(try Self.settings("uplink: { url: \"\(url)\", \(rest) }").uplink)
      #expect(local.host == host && local.port == port && local.accept.isEmpty)
    }
  }

  @Test func optionsBeatTheFile() throws {
    var settings = try Self.settings("interfaces: eth1\nsnap-length: 100\nbuffer: 5\nmonitor: true\nretention: { devices: 3d }")
    var options = WatchOverrides()
    options.watch.snapLength = 200
    options.watch.monitor = false
    options.site = "rooms.yaml"
    settings.apply(options)
    #expect(settings.interfaces == ["eth1"] && settings.watch.snapLength == 200 && settings.watch.buffer == 5)
    #expect(settings.watch.monitor == false && settings.rooms == .file("rooms.yaml"))
    #expect(settings.retention.devices == .seconds(3 * 86_400))
  }

  @Test(
    arguments: [
      ("1s", 1), ("5m", 300), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600), ("10000s", 10_000), ("0s", nil), ("-1s", nil),
      ("+1s", nil), ("1", nil), ("s", nil), ("", nil), ("1.5h", nil), ("10001s", nil), ("99999999999999999999d", nil), ("1 h", nil),
      ("٣s", nil),
    ] as [(String, Int?)])
  func durations(text: String, seconds: Int?) {
    #expect(DurationText.duration(text) == seconds.map { .seconds($0) })
  }

  @Test(arguments: [
    ("https://example.com", "https://example.com", ""), ("HTTP://a:1/b?c#d", "http://a:1", "/b?c#d"),
    ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]:443", "/x"), ("https://10.0.0.1?x", "https://10.0.0.1", "?x"),
  ])
  func webAddresses(text: String, origin: String, rest: String) throws {
    let address = try #require(HTTPAddress(of: text))
    #expect(address.origin == origin && address.rest == rest)
  }

  @Test(arguments: [
    "", "example.com", "ftp://a/", "https://", "https:///x", "https://user:pass@a/", "https://user@a/", "https://a:0/", "https://a:65536/",
    "https://a:/", "https://a:+1/", "https://a b/", "https://ä/", "https://[::1/", "https://::1/", "https://[10.0.0.1]/", "https://a..b/",
    "https://a/\u{7}", "https://a/\"", "javascript:alert(1)", "https://" + String(repeating: "a", count: 3000),
  ])
  func noHTTPAddresses(text: String) { #expect(HTTPAddress(of: text) == nil) }
}
