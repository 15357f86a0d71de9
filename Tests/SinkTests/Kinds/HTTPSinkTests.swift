import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

/// A service of one's own by templates.
@Suite struct HTTPSinkTests {
  private func sink(_ server: TestServer, path: String = "/in", _ change: (inout SinkSettings) -> Void = { _ in }) throws -> HTTPSink {
    try HTTPSink(
      Sample.settings(.http) {
        $0.url = server.url + path
        change(&$0)
      }, version: "1")
  }

  private func request(_ parcel: Parcel, path: String = "/in", _ change: (inout SinkSettings) -> Void) async throws -> TestServer.Request {
    let server = try TestServer(.status(200))
    try await sink(server, path: path, change).deliver(parcel)
    #expect(server.requests.count == 1)
    return try #require(server.requests.first)
  }

  @Test func withoutATemplateItSendsTheDocument() async throws {
    let request = try await request(Sample.parcel()) { _ in }
    #expect(request.method == "POST" && request["Content-Type"] == "application/json")
    #expect(try JSONValue(Data(request.body)) == Sample.event().machineDocument)
  }

  @Test func fillsAddressHeadersAndBody() async throws {
    let request = try await request(Sample.parcel(), path: "/rooms/{{event.subject.room}}?id={{alert}}&type={{type}}") {
      $0.method = "put"
      $0.secrets = ["t0k3n"]
      $0.headers = ["Authorization": "Bearer {{secret}}", "X-Subject": "{{subject}}"]
      $0.template = ["body": #"{"text": "{{short}}", "urgent": {{urgent}}, "count": {{count}}, "all": {{{json}}}}"#]
    }
    #expect(request.method == "PUT" && request.target == "/rooms/Room%2012?id=\(Sample.alert)&type=alert.raised")
    #expect(request["Authorization"] == "Bearer t0k3n" && request["X-Subject"] == "Camera in Room 12")
    let body = try JSONValue(Data(request.body))
    #expect(body["text"] == "Room 12: IPC-C22" && body["urgent"] == true && body["count"] == 1)
    #expect(body["all"] == Sample.event().machineDocument)
  }

  @Test func listsTheEventsOfAGatheredParcel() async throws {
    let request = try await request(Sample.gathered()) {
      $0.headers = ["content-type": "text/plain"]
      $0.template = ["body": "{{count}}:{{#events}} {{type}} {{event.summary}};{{/events}}"]
    }
    #expect(request.text == "2: alert.raised Camera IPC-C22 in Room 12; alert.silent Camera IPC-C22 in Room 12;")
    #expect(request["Content-Type"] == "text/plain")
  }

  @Test func getHasNoBody() async throws {
    let request = try await request(Sample.parcel(), path: "/send?text={{short}}") { $0.method = "GET" }
    #expect(request.method == "GET" && request.body.isEmpty && request.target == "/send?text=Room%2012%3A%20IPC-C22")
  }

  @Test(arguments: Sample.hostileNames) func namesStayInJSON(name: String) async throws {
    let request = try await request(Sample.parcel(name: name)) {
      $0.secrets = ["t0k3n"]
      $0.template = ["body": #"{"name": "{{event.subject.hostname}}", "end": true}"#]
    }
    let body = try JSONValue(Data(request.body))
    let expected: JSONValue = ["name": .string(name), "end": true]
    #expect(body == expected)
  }

  @Test(arguments: Sample.hostileNames) func namesStayInForms(name: String) async throws {
    let request = try await request(Sample.parcel(name: name)) {
      $0.headers = ["Content-Type": "application/x-www-form-urlencoded"]
      $0.template = ["body": "chat=1&name={{event.subject.hostname}}&end=1"]
    }
    let items: [URLQueryItem] = URLComponents(string: "?" + request.text)?.queryItems ?? []
    let expected = [URLQueryItem(name: "chat", value: "1"), URLQueryItem(name: "name", value: name), URLQueryItem(name: "end", value: "1")]
    #expect(items == expected)
  }

  @Test(arguments: Sample.hostileNames.filter { $0.utf8.count < 5000 }) func namesStayInAddressesAndHeaders(name: String) async throws {
    let request = try await request(Sample.parcel(name: name), path: "/a/{{event.subject.hostname}}/b?c={{event.subject.hostname}}") {
      $0.headers = ["X-Name": "{{event.subject.hostname}}", "Content-Type": "text/html"]
      $0.template = ["body": "<p title='{{event.subject.hostname}}'>{{event.subject.hostname}}</p>"]
    }
    let parts = request.target.split(separator: "?", omittingEmptySubsequences: false)
    #expect(parts.count == 2 && parts[0].split(separator: "/").count == 3 && parts[0].hasSuffix("/b") && !parts[1].contains("&"))
    #expect(parts[0].split(separator: "/")[1].removingPercentEncoding == name)
    #expect(request["X-Name"] != nil && request["Bcc"] == nil)
    #expect(request.text.split(separator: "<", omittingEmptySubsequences: false).count == 3)
    #expect(request.text.split(separator: "'", omittingEmptySubsequences: false).count == 3)
  }

  @Test func noTemplateStopsAnAlert() async throws {
    let homeless = Sample.parcel(of: Sample.event(more: ["subject": .null]), text: "a & b")
    // JSON with a room, and none without.
    let json = try await request(homeless) { $0.template = ["body": #"{{#room}}{"room": "{{room}}"}{{/room}}"#] }
    let expected: JSONValue = ["subject": "a & b", "text": "a & b", "uid": .string(homeless.uid)]
    #expect(try JSONValue(Data(json.body)) == expected)
    for (type, body) in [
      ("application/x-www-form-urlencoded", "subject=a%20%26%20b&text=a%20%26%20b&uid=\(homeless.uid)"), ("text/plain", "a & b"),
      ("text/markdown", "a \\& b"), ("text/html", homeless.message.html),
    ] {
      let request = try await request(homeless) { ($0.headers, $0.template) = (["Content-Type": type], ["body": " {{nothing}}\n"]) }
      #expect(request.text == body)
    }
  }

  @Test(arguments: [
    #"{"text": {{long}}}"#, #"{"text": "{{{long}}}"}"#, #"{"missing": {{nothing}}}"#, #"{"n": {{event.summary}}}"#, "nothing", "",
  ])
  func bodiesThatCanNeverBeJSONAreRefused(text: String) throws {
    let server = try TestServer(.status(200))
    let error = #expect(throws: SinkConfigurationError.self) { try sink(server) { $0.template = ["body": text] } }
    #expect(error?.key == "template")
    _ = try sink(server) { ($0.headers, $0.template) = (["Content-Type": "text/plain"], ["body": text]) }
  }

  /// Whatever an event may have and lack, some event makes it JSON.
  @Test(arguments: [
    #"{"n": {{event.anything.else}}, "a": "{{event.health.text}}"}"#, #"{{#urgent}}{{^test}}{"a": 1}{{/test}}{{/urgent}}"#,
    #"{{#gathered}}[{{#events}}"{{type}}", {{/events}}0]{{/gathered}}"#, #"{{#event.health}}{"a": "{{code}}"}{{/event.health}}"#,
    #"{{^event.health}}{"a": {{{document}}}}{{/event.health}}"#, #"{"token": "{{secret}}", "b": {{#by_person}}1{{/by_person}}}"#,
    "{{^room}}{}{{/room}}", "{{{json}}}",
  ])
  func bodiesThatCanBeJSONAreTaken(text: String) throws {
    let server = try TestServer(.status(200))
    _ = try sink(server) { $0.template = ["body": text] }
  }

  @Test(arguments: [("connect-http.md", "## http: any other service"), ("messages.md", "## Bodies")])
  func theGuideListsEachValue(file: String, section: String) throws {
    let docs = URL(fileURLWithPath: Tool.programs).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs")
    let text = try String(contentsOf: docs.appendingPathComponent(file), encoding: .utf8)
    let lines = try #require(text.components(separatedBy: section + "\n").last).split(separator: "\n").prefix { !$0.hasPrefix("## ") }
    let cells = lines.filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "|").first }
    let names = cells.flatMap { $0.split(separator: ",").map { $0.filter { $0.isLetter || $0 == "_" } } }
    var message = Sample.message()
    message.acknowledgeURL = "https://hotel.example/ack/1"
    #expect(Set(names) == Set(Sample.parcel(message: message).templateValues(secret: "t0k3n").keys) && Set(names).count == names.count)
  }

  /// Some services know no other way, and the configuration must not hold it.
  @Test(arguments: [("/{{secret}}", "/T0%2Ft0k3n"), ("/x/{{{secret}}}", "/x/T0/t0k3n"), ("/?token={{secret}}", "/?token=T0%2Ft0k3n")])
  func anAddressMayHaveTheSecret(path: String, target: String) async throws {
    let server = try TestServer(.status(200))
    #expect(await (try sink(server, path: path) { $0.secrets = ["T0/t0k3n"] }).deliveryError(Sample.parcel()) == nil)
    #expect(server.requests.first?.target == target)
  }

  @Test func namesWhatADashboardSortsBy() async throws {
    let request = try await request(Sample.parcel(.test)) {
      $0.template = ["body": #"["{{room}}","{{severity}}","{{verdict}}",{{test}},{{gathered}},{{by_person}},{{unix_time}},{{{document}}}]"#]
    }
    let expected: JSONValue = ["Room 12", "high", "camera", true, false, false, 1_795_528_991, Sample.event(.test).document]
    #expect(try JSONValue(Data(request.body)) == expected)
  }

  @Test func wrongSettingsAreErrors() throws {
    let server = try TestServer(.status(200))
    let wrong: [(inout SinkSettings) -> Void] = [
      { $0.method = "CONNECT" }, { $0.method = "GET / HTTP/1.1\r\n" }, { $0.headers = ["Bad: name": "x"] },
      { $0.template = ["body": "{{#open}}"] },
      { $0.preset = "unknown" }, { $0.url = nil }, { $0.url = "http://{{event.subject.hostname}}/" },
      { $0.url = "http://example.org{{short}}/" },
    ]
    for change in wrong { #expect(throws: SinkConfigurationError.self) { try sink(server, change) } }
  }

  @Test func errorsNameNoSecret() async throws {
    let server = try TestServer(.status(500, body: "t0k3n"))
    let sink = try sink(server, path: "/t0k3n?key=t0k3n") {
      ($0.secrets, $0.headers, $0.template) = (["t0k3n"], ["X-Token": "{{secret}}"], ["body": #"{"token": "{{secret}}"}"#])
    }
    let error = try await sink.failure()
    #expect(error == .temporary("127.0.0.1 answered with HTTP 500"))
  }
}
