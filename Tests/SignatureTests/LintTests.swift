import SignatureFiles
import Testing

@Suite struct LintTests {
  private func findings(_ texts: String...) -> [String] {
    let signatures = texts.enumerated().flatMap { SignatureLoader.read(yaml: $1, file: "\($0).yaml").signatures }
    #expect(signatures.count == texts.count)
    return SignatureLint.findings(in: signatures).map(\.description)
  }

  @Test func validSignaturesGiveNoFindings() {
    #expect(findings(Document.text()) == [])
  }

  @Test func examplesAreRun() {
    #expect(
      findings(Document.text(examples: "[ { dhcp.hostname: phone-1 } ]")) == [
        "error: 0.yaml:9: test-one: the signature does not match this example"
      ])
    #expect(
      findings(Document.text(counterexamples: "[ { dhcp.hostname: CAM-2 } ]")) == [
        "error: 0.yaml:10: test-one: the signature matches this counterexample"
      ])
  }

  @Test func counterexampleEqualToExample() {
    let found = findings(Document.text(counterexamples: "[ { dhcp.hostname: CAM-1 } ]"))
    #expect(found.contains("error: 0.yaml:10: test-one: this counterexample is also an example"))
  }

  @Test func duplicateTest() {
    let one = Document.text(match: "{ dhcp.hostname: { prefix: [ IPC-, CAM- ] } }")
    let two = Document.text(id: "test-two", match: "{ any: [ { dhcp.hostname: { prefix: cam- } }, { dhcp.hostname: x } ] }")
    #expect(
      findings(one, two) == [
        "error: 1.yaml:2: test-two: test-one (0.yaml:2) already says camera for dhcp.hostname prefix \"cam-\""
      ])
  }

  @Test func differentClaimFieldOperatorOrConditionIsNoDuplicate() {
    let one = Document.text()
    #expect(findings(one, Document.text(id: "test-two", says: "recorder")) == [])
    let names = "[ { mdns.name: CAM-1 } ]"
    #expect(findings(one, Document.text(id: "test-two", match: "{ mdns.name: { prefix: CAM- } }", examples: names)) == [])
    #expect(findings(one, Document.text(id: "test-two", match: "{ dhcp.hostname: { contains: CAM- } }")) == [])
    #expect(findings(one, Document.text(id: "test-two", match: "{ dhcp.hostname: { prefix: CAM-, unless: cam-9 } }")) == [])
    let both = Document.text(
      id: "test-two", match: "{ dhcp.hostname: { prefix: CAM- }, mdns.name: x }",
      examples: "[ { dhcp.hostname: CAM-1, mdns.name: x } ]")
    #expect(findings(one, both) == [])
  }

  @Test func prefixesOfMACAddressesMustBePossible() {
    let examples = "[ { eth.oui: b0c554000001 } ]"
    let others = "[ { eth.oui: b0c555000001 } ]"
    let text = Document.text(
      match: "{ eth.oui: { prefix: [ b0c554, \"b0:c5:56\" ] } }", examples: examples, counterexamples: others)
    #expect(
      findings(text) == [
        "error: 0.yaml:2: test-one: \"b0:c5:56\" is not the start of a MAC address: write hexadecimal digits without separators"
      ])
  }

  @Test func givenValuesThatLookLikeFields() {
    #expect(
      findings(Document.text(gives: "{ model: dhcp.hostnme }")) == [
        "warning: 0.yaml:2: test-one: unknown field \"dhcp.hostnme\", did you mean \"dhcp.hostname\"?: used as literal text"
      ])
    #expect(
      findings(Document.text(says: "vendor", strength: nil)) == ["warning: 0.yaml:2: test-one: says vendor, but gives no vendor"])
  }

  @Test func littleLiteralText() {
    let text = Document.text(match: "{ dhcp.hostname: { like: \"CA*\" } }")
    #expect(findings(text) == ["warning: 0.yaml:2: test-one: \"ca*\" has little literal text: it will match many other values"])
  }

  @Test func peoplesDevicesMustNotMatch() {
    let people = Document.text(
      id: "people", says: "not-camera", strength: nil, match: "{ dhcp.hostname: { suffix: -phone } }",
      examples: "[ { dhcp.hostname: CAM-phone } ]", counterexamples: "[ { dhcp.hostname: CAM-1 } ]")
    #expect(findings(Document.text(), people) == ["warning: 1.yaml:8: people: test-one matches this example and says camera"])
  }
}
