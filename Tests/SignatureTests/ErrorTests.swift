import Detection
import SignatureFiles
import Testing
import YAMLReading

/// Each possible error in a file, with its place and message.
@Suite struct ErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let problems: [String]
    var testDescription: String { problems.joined(separator: "; ") }

    init(_ text: String, _ problems: String...) {
      self.text = text
      self.problems = problems
    }
  }

  static let strengths = "hints, supports, likely, strong, proves"

  static let files: [Case] = [
    Case("", "test.yaml: the file is empty"),
    Case("# nothing\n", "test.yaml: the file is empty"),
    Case("- a\n", "test.yaml:1:1: expected a mapping for the file, found a list"),
    Case("vendor: X\n", "test.yaml:1:1: \"signatures\" is missing"),
    Case(
      "vendor:\nsignatures: []\n", "test.yaml:1:8: expected text for vendor, found nothing",
      "test.yaml:2:13: expected a list of signatures, found an empty one"),
    Case("signatures: x\n", "test.yaml:1:13: expected a list of signatures, found text"),
    Case(
      "signature: []\n",
      "test.yaml:1:1: unknown key \"signature\", expected one of vendor, signatures, did you mean \"signatures\"?",
      "test.yaml:1:1: \"signatures\" is missing"),
    Case("signatures: [ x ]\n", "test.yaml:1:15: expected a mapping for a signature, found text"),
    Case(
      "signatures:\n  - id: a\n   says: x\n",
      "test.yaml:3:4: not YAML: while parsing a block collection in line 2: did not find expected '-' indicator"),
    Case("a: 1\na: 2\n", "test.yaml:1:1: duplicate key \"a\""),
    Case(
      "signatures: [ {} ]\n", "test.yaml:1:15: \"id\" is missing", "test.yaml:1:15: \"says\" is missing",
      "test.yaml:1:15: \"facet\" is missing", "test.yaml:1:15: \"match\" is missing", "test.yaml:1:15: \"because\" is missing",
      "test.yaml:1:15: \"references\" is missing", "test.yaml:1:15: \"examples\" is missing",
      "test.yaml:1:15: \"counterexamples\" is missing"),
  ]

  static let words: [Case] = [
    Case(
      Document.text(id: "Test_One"),
      "test.yaml:2:9: expected an id in lower case with single hyphens, such as d-link-dhcp-name, found \"Test_One\""),
    Case(
      Document.text(id: "test--one"),
      "test.yaml:2:9: expected an id in lower case with single hyphens, such as d-link-dhcp-name, found \"test--one\""),
    Case(
      Document.text(says: "kamera"),
      "test.yaml:3:11: unknown claim \"kamera\", expected one of camera, recorder, relay, viewer, vendor, not-camera, class, did you mean \"camera\"?"
    ),
    Case(
      Document.text(facet: "nmae"),
      "test.yaml:4:12: unknown facet \"nmae\", expected one of maker, name, discovery, control, media, cloud, behaviour, did you mean \"name\"?"
    ),
    Case(
      Document.text(strength: "stronk"),
      "test.yaml:6:15: unknown strength \"stronk\", expected one of \(strengths), did you mean \"strong\"?"),
    Case(Document.text(strength: nil), "test.yaml:2:5: \"strength\" is missing: says camera needs one of \(strengths)"),
    Case(Document.text(says: "vendor"), "test.yaml:6:15: says vendor takes no strength: only camera and recorder do"),
    Case(
      Document.text(strength: "{ embedded: likely, unkown: supports }"),
      "test.yaml:6:35: unknown key \"unkown\", expected one of embedded, personal, media, infrastructure, unknown, did you mean \"unknown\"?"
    ),
    Case(
      Document.text(strength: "{ embedded: stronk }"),
      "test.yaml:6:27: unknown strength \"stronk\", expected one of \(strengths), did you mean \"strong\"?"),
    Case(
      Document.text(strength: "strong\n    shared-with: app"),
      "test.yaml:6:15: give shared-with or strength: the strength follows from who else shows the value"),
    Case(
      Document.text(strength: nil, because: "x\n    shared-with: apps"),
      "test.yaml:7:18: unknown shared-with \"apps\", expected one of app, products, did you mean \"app\"?",
      "test.yaml:2:5: \"strength\" is missing: says camera needs one of \(strengths)"),
    Case(
      Document.text(says: "vendor", strength: nil, because: "x\n    shared-with: app"),
      "test.yaml:7:18: says vendor takes no shared-with: only camera and recorder do"),
    Case(
      Document.text(because: "x\n    valid-for: 30"),
      "test.yaml:8:16: expected hours or days for valid-for, such as 12h or 30d, found \"30\""),
    Case(
      Document.text(because: "x\n    valid-for: 0d"),
      "test.yaml:8:16: expected hours or days for valid-for, such as 12h or 30d, found \"0d\""),
    Case(Document.text(because: "x\n    points: 6"), "test.yaml:8:13: says camera takes no points: only class does"),
    Case(Document.text(because: "\" \""), "test.yaml:7:14: because is empty"),
    Case(Document.text(because: ""), "test.yaml:7:13: expected text for because, found nothing"),
    Case(Document.text(because: "is {name}"), "test.yaml:7:14: the only placeholder in because is {value}"),
    Case(Document.text(references: "[]"), "test.yaml:8:17: the list of references is empty"),
    Case(
      Document.text(because: "x\n    reference: y"),
      "test.yaml:8:5: unknown key \"reference\", expected one of id, says, facet, strength, shared-with, valid-for, group, points, shows, match, gives, because, references, examples, counterexamples, did you mean \"references\"?"
    ),
    Case(
      Document.text(id: "a") + "  - { id: b }\n", "test.yaml:11:5: \"says\" is missing", "test.yaml:11:5: \"facet\" is missing",
      "test.yaml:11:5: \"match\" is missing", "test.yaml:11:5: \"because\" is missing",
      "test.yaml:11:5: \"references\" is missing", "test.yaml:11:5: \"examples\" is missing",
      "test.yaml:11:5: \"counterexamples\" is missing"),
  ]

  /// A mark of a class, with these lines behind `says`.
  private static func mark(_ lines: String..., because: String = "begins as BusyBox does", problems: String?) -> Case {
    let head = ["signatures:", "  - id: test-one", "    says: class"] + lines.map { "    " + $0 }
    let rest = [
      "    match: { dhcp.hostname: { prefix: CAM- } }", "    because: \(because)", "    references: [ a capture ]",
      "    examples: [ { dhcp.hostname: CAM-1 } ]", "    counterexamples: [ { dhcp.hostname: phone } ]",
    ]
    return Case(text: (head + rest).joined(separator: "\n") + "\n", problems: problems.map { [$0] } ?? [])
  }

  static let marks: [Case] = [
    mark("group: dhcp", "points: 6", problems: nil),
    mark("points: 6", problems: "test.yaml:2:5: \"group\" is missing"),
    mark(
      "group: dhpc", "points: 6",
      problems: "test.yaml:4:12: unknown group \"dhpc\", expected one of dhcp, syn, tls, names, mdns, role, did you mean \"dhcp\"?"),
    mark(
      "group: dhcp",
      problems: "test.yaml:2:5: \"points\" is missing: how much the mark says for a small computer in a thing, or, below zero, against it"),
    mark("group: dhcp", "points: 13", problems: "test.yaml:5:13: expected a number from -12 to 12 for points, found \"13\""),
    mark("group: dhcp", "points: 6", "facet: name", problems: "test.yaml:6:12: says class takes no facet: it has a group and points"),
    mark(
      "group: mdns", "points: -10", "shows: personal",
      problems: "test.yaml:6:12: expected media or infrastructure for shows: the points decide between the other classes"),
    mark("group: role", problems: "test.yaml:2:5: \"shows: infrastructure\" is missing: the group role has no points"),
    mark(
      "group: role", "shows: infrastructure", "points: 6",
      problems: "test.yaml:6:13: the group role takes no points: it shows a class by itself"),
    mark(
      "group: dhcp", "points: 6", because: "is called {value}",
      problems: "test.yaml:7:14: says class takes no {value}: values of people's devices are not kept"),
  ]

  private static func match(_ match: String, _ problems: String...) -> Case {
    Case(text: Document.text(match: match), problems: problems)
  }

  static let operators = "equals, prefix, suffix, contains, under, word, like, unless, port"
  static let payloadOperators = "bytes, text, contains, length, port, unless"

  static let matches: [Case] = [
    match("x", "test.yaml:5:12: expected a mapping of fields to tests, found text"),
    match("{}", "test.yaml:5:12: no condition: give a field and its test"),
    match("{ dhcp.hostnme: x }", "test.yaml:5:14: unknown field \"dhcp.hostnme\", did you mean \"dhcp.hostname\"?"),
    match("{ zzz: x }", "test.yaml:5:14: unknown field \"zzz\""),
    match("{ anny: [ { dns.query: x } ] }", "test.yaml:5:14: unknown field \"anny\", did you mean \"any\"?"),
    match(
      "{ dns.query: { prefixx: x } }",
      "test.yaml:5:27: unknown operator \"prefixx\", expected one of \(operators), did you mean \"prefix\"?"),
    match("{ dns.query: }", "test.yaml:5:25: expected text for equals, found nothing"),
    match("{ dns.query: \"\" }", "test.yaml:5:25: equals is empty"),
    match("{ dns.query: [] }", "test.yaml:5:25: the list of equals is empty"),
    match("{ dns.query: [ { a: b } ] }", "test.yaml:5:27: expected text for equals, found a mapping"),
    match("{ dns.query: {} }", "test.yaml:5:25: no operator: say how to test the value"),
    match("{ dns.query: { unless: x } }", "test.yaml:5:25: \"unless\" needs another operator beside it"),
    match(
      "{ dns.query: { under: \"*.x.com\" } }",
      "test.yaml:5:34: expected a domain such as example.com for under, found \"*.x.com\""),
    match(
      "{ wifi.ssid: { like: \"##*\" } }",
      "test.yaml:5:33: \"##*\" has no literal text: add another operator, or use \"*\" for any value"),
    match("{ wifi.ssid: { bytes: f1 } }", "test.yaml:5:27: \"bytes\" is only for the fields udp.payload and tcp.payload"),
    match(
      "{ http.server: { prefix: x, port: 65536 } }", "test.yaml:5:46: expected a number from 0 to 65535 for port, found \"65536\""
    ),
    match(
      "{ http.server: { prefix: x, port: [ 80, http ] } }",
      "test.yaml:5:52: expected a number from 0 to 65535 for port, found \"http\""),
    match("{ udp.payload: x }", "test.yaml:5:27: a payload needs one of the operators \(payloadOperators)"),
    match(
      "{ udp.payload: { prefix: x } }",
      "test.yaml:5:29: \"prefix\" is for text fields; a payload needs one of \(payloadOperators)"),
    match(
      "{ udp.payload: { lenght: 4 } }",
      "test.yaml:5:29: unknown operator \"lenght\", expected one of \(payloadOperators), did you mean \"length\"?"),
    match(
      "{ udp.payload: { bytes: f1 3 } }",
      "test.yaml:5:36: expected pairs of hexadecimal digits or \"..\" for bytes, found \"f1 3\""),
    match(
      "{ udp.payload: { bytes: f1 xx } }",
      "test.yaml:5:36: expected pairs of hexadecimal digits or \"..\" for bytes, found \"f1 xx\""),
    match("{ udp.payload: { bytes: \"..\" } }", "test.yaml:5:36: bytes needs at least one byte that is not a wildcard"),
    match("{ udp.payload: { bytes: { x: f1 } } }", "test.yaml:5:38: expected a number from 0 to 511 for an offset, found \"x\""),
    match("{ udp.payload: { text: { 510: abc } } }", "test.yaml:5:42: only the first 512 bytes of a payload can be tested"),
    match(
      "{ udp.payload: { length: 9..4 } }",
      "test.yaml:5:37: expected a number or a range such as 24..28 for length, found \"9..4\""),
    match(
      "{ dns.query: { above: 3 } }",
      "test.yaml:5:27: \"above\" is only for numbers: \(Field.allCases.filter(\.isNumeric).map(\.rawValue).joined(separator: ", "))"),
    match("{ upload.rate: { above: fast } }", "test.yaml:5:36: expected a number for above, found \"fast\""),
    match(
      "{ upload.rate: { between: 45..4 } }",
      "test.yaml:5:38: expected two numbers for between, the smaller one first, such as 4..45, found \"45..4\""),
    match("{ any: { dns.query: x } }", "test.yaml:5:19: expected a list of conditions for \"any\", found a mapping"),
    match("{ all: [] }", "test.yaml:5:19: expected a list of conditions for \"all\", found an empty one"),
    match(
      "{ not: { dns.query: x } }", "test.yaml:5:12: \"not\" alone never matches: add a test that the device must pass"),
    match(
      "{ any: [ { dns.query: x }, { not: { dns.query: y } } ] }",
      "test.yaml:5:12: \"not\" alone never matches: add a test that the device must pass"),
  ]

  static let givenValues: [Case] = [
    Case(Document.text(gives: "x"), "test.yaml:7:12: expected a mapping for gives, found text"),
    Case(
      Document.text(gives: "{ modell: x }"),
      "test.yaml:7:14: unknown key \"modell\", expected one of vendor, model, kind, did you mean \"model\"?"),
    Case(
      Document.text(gives: "{ model: udp.payload }"),
      "test.yaml:7:21: for a payload, write { from: udp.payload, at: OFFSET, length: COUNT }"),
    Case(
      Document.text(
        match: "{ udp.payload: { text: Camera } }", gives: "{ model: value }", examples: "[ { udp.payload: 43616d657261 } ]"),
      "test.yaml:7:12: for a payload, write { from: udp.payload, at: OFFSET, length: COUNT } instead of value"),
    Case(
      Document.text(gives: "{ model: { after: x } }"),
      "test.yaml:7:21: \"from\" is missing: the field to take the value from"),
    Case(
      Document.text(gives: "{ model: { from: http.titel } }"),
      "test.yaml:7:29: unknown field \"http.titel\", did you mean \"http.title\"?"),
    Case(
      Document.text(gives: "{ model: { from: http.title, at: 2 } }"),
      "test.yaml:7:45: a value from text takes after and until, not \"at\""),
    Case(
      Document.text(gives: "{ model: { from: udp.payload, at: 2 } }"),
      "test.yaml:7:21: a value from a payload needs \"at\" and \"length\""),
    Case(
      Document.text(gives: "{ model: { from: udp.payload, at: 2, length: 0 } }"),
      "test.yaml:7:57: expected a number from 1 to 512 for length, found \"0\""),
  ]

  static let examples: [Case] = [
    Case(Document.text(examples: "[]"), "test.yaml:9:15: expected a list with at least one of the examples, found an empty one"),
    Case(
      Document.text(examples: "{ dhcp.hostname: x }"),
      "test.yaml:9:15: expected a list with at least one of the examples, found a mapping"),
    Case(
      Document.text(counterexamples: "[]"),
      "test.yaml:10:22: expected a list with at least one of the counterexamples, found an empty one"),
    Case(Document.text(counterexamples: "[ { dhcp.hostname: \"\" } ]"), "test.yaml:10:41: dhcp.hostname is empty"),
    Case(
      Document.text(counterexamples: "[ { dhcp.hostname: x, gives: { model: y } } ]"),
      "test.yaml:10:44: a counterexample cannot have gives"),
    Case(Document.text(examples: "[ {} ]"), "test.yaml:9:17: expected a mapping of fields to values, found an empty one"),
    Case(
      Document.text(examples: "[ { domain: x.com } ]"), "test.yaml:9:19: name one field: dns.query, tls.sni, quic.sni, http.host",
      "test.yaml:9:17: expected at least one field with its value"),
    Case(
      Document.text(examples: "[ { dns.qery: x.com } ]"),
      "test.yaml:9:19: unknown field \"dns.qery\", did you mean \"dns.query\"?",
      "test.yaml:9:17: expected at least one field with its value"),
    Case(
      Document.text(examples: "[ { eth.oui: b0:c5:54:00:00:01 } ]"),
      "test.yaml:9:28: expected the twelve hexadecimal digits of a MAC address in lower case, found \"b0:c5:54:00:00:01\""),
    Case(
      Document.text(examples: "[ { udp.payload: f1f } ]"),
      "test.yaml:9:32: expected pairs of hexadecimal digits for udp.payload, found \"f1f\""),
    Case(
      Document.text(examples: "[ { udp.payload: f1f1, length: 1 } ]"),
      "test.yaml:9:32: length 1 is less than the 2 bytes given"),
    Case(Document.text(examples: "[ { dns.query: x.com, length: 1 } ]"), "test.yaml:9:17: length applies to payloads only"),
  ]

  @Test(arguments: files + words + marks + matches + givenValues + examples)
  func placeAndMessage(_ test: Case) {
    #expect(Document.problems(test.text) == test.problems)
  }

  @Test func allErrorsOfAFileAreReported() {
    let text = Document.text(id: "One", facet: "nam", match: "{ dns.qery: x }", examples: "[ { dns.query: \"\" } ]")
    #expect(Document.problems(text).count == 4)
  }

  @Test func idsAreUnique() {
    let text = Document.text() + Document.text().split(separator: "\n").dropFirst().joined(separator: "\n")
    #expect(Document.problems(text) == ["test.yaml:11: the id \"test-one\" is already used at test.yaml:2"])
  }

  @Test func errorHasAllProblems() {
    #expect(throws: SignatureError([FileProblem(file: "/nowhere/at/all", message: "no such file or folder")])) {
      try SignatureLoader.load("/nowhere/at/all")
    }
  }
}

extension ErrorTests.Case {
  init(text: String, problems: [String]) {
    self.text = text
    self.problems = problems
  }
}
