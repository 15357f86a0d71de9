import Foundation
import Testing

@testable import Sinks

@Suite struct HomeAssistantTests {
  private let topics = HomeAssistant(sensor: Sample.sensor, prefix: "homeassistant", version: "1.2.3")

  /// What Home Assistant 2026.2.3 knows of each platform; it drops other keys without a word. Source: the schemas in
  /// homeassistant/components/mqtt, against which `Tests/Live/check-home-assistant` checks the payloads themselves.
  private let keys: [String: Set<String>] = [
    "top": ["device", "origin", "components", "availability_topic", "state_topic", "command_topic", "qos", "encoding"],
    "device": [
      "identifiers", "connections", "name", "manufacturer", "model", "model_id", "sw_version", "hw_version", "serial_number",
      "suggested_area", "via_device", "configuration_url",
    ],
    "origin": ["name", "sw_version", "support_url"],
    "entity": [
      "platform", "unique_id", "default_entity_id", "name", "icon", "device_class", "entity_category", "enabled_by_default", "qos",
      "json_attributes_topic", "json_attributes_template",
    ],
    "sensor": ["state_topic", "value_template", "state_class", "unit_of_measurement", "options", "expire_after", "force_update"],
    "binary_sensor": ["state_topic", "value_template", "payload_on", "payload_off", "expire_after", "off_delay", "force_update"],
    "button": ["command_topic", "command_template", "payload_press", "retain"],
  ]

  private func check(_ config: JSONValue) throws {
    let top = try object(config)
    #expect(Set(top.keys).isSubset(of: keys["top"]!))
    #expect(Set(try object(top["device"]).keys).isSubset(of: keys["device"]!))
    #expect(try object(top["origin"])["name"] == "lenscap")
    let components = try object(top["components"])
    #expect(!components.isEmpty)
    var ids: Set<String> = []
    for (name, component) in components {
      let component = try object(component)
      let platform = try #require(component["platform"]?.string)
      #expect(Set(component.keys).isSubset(of: keys["entity"]!.union(keys[platform] ?? [])), "\(name)")
      #expect(ids.insert(try #require(component["unique_id"]?.string)).inserted)
      #expect(try #require(component["default_entity_id"]?.string).hasPrefix(platform + "."))
    }
  }

  private func object(_ value: JSONValue?) throws -> [String: JSONValue] {
    guard case .object(let object) = value else { throw NotAnObject() }
    return object
  }

  private struct NotAnObject: Error {}

  @Test func boxIsADeviceWithAButton() throws {
    let config = topics.boxConfig(name: "attic")
    try check(config)
    #expect(config["device"]?["identifiers"] == ["lenscap_00112233aabbccdd"])
    let button = config["components"]?["acknowledge"]
    #expect(button?["platform"] == "button")
    #expect(button?["command_topic"] == "lenscap/00112233aabbccdd/acknowledge")
    #expect(topics.boxConfigTopic == "homeassistant/device/lenscap_00112233aabbccdd/config")
  }

  @Test func eachTemplateReadsAKeyOfTheState() throws {
    let state = try object(topics.boxState(Sample.box()))
    for (_, component) in try object(topics.boxConfig(name: "")["components"]) {
      guard let template = component["value_template"]?.string else { continue }
      let key = template.split { !$0.isLetter && $0 != "_" && $0 != "." }.first { $0.hasPrefix("value_json.") }?.dropFirst(11)
      #expect(state[String(try #require(key))] != nil, "\(template)")
    }
    #expect(state["coverage"] == 75)
    #expect(try object(topics.boxState(BoxState()))["coverage"] == .null)
  }

  @Test func cameraIsADeviceInItsRoom() throws {
    let config = topics.cameraConfig("mac020000000001", subject: Sample.document()["subject"])
    try check(config)
    #expect(config["device"]?["via_device"] == "lenscap_00112233aabbccdd")
    #expect(config["device"]?["suggested_area"] == "Room 12")
    #expect(config["device"]?["model"] == "IPC-C22")
    let sensor = config["components"]?["state"]
    #expect(sensor?["json_attributes_topic"] == "lenscap/00112233aabbccdd/camera/mac020000000001/attributes")
  }

  @Test func whatPrivacyRemovedIsLeftOut() throws {
    let config = topics.cameraConfig("x", subject: nil)
    try check(config)
    #expect(Set(try object(config["device"]).keys) == ["identifiers", "name", "via_device"])
  }

  @Test(arguments: [
    ("mac:AA:bb:00:11:22:33", "macaabb00112233"), ("ip:10.0.0.1@vlan 5/+#", "ip10001vlan5"), ("\u{212A}elvin\r\n\u{0}é", "elvin"),
  ])
  func topicHasLettersAndDigits(id: String, part: String) { #expect(HomeAssistant.topicPart(of: id) == part) }

  @Test func idWithoutALetterHasNoTopic() { #expect(HomeAssistant.topicPart(of: "#/+") == nil) }

  @Test(arguments: Sample.hostileNames + [""])
  func hostileNamesStayTexts(name: String) throws {
    var table = CameraTable()
    let messages = table.apply(Sample.event(name: name), topics: topics)
    #expect(
      messages.map(\.topic) == [
        "homeassistant/device/lenscap_00112233aabbccdd_mac020000000001/config",
        "lenscap/00112233aabbccdd/camera/mac020000000001/attributes", "lenscap/00112233aabbccdd/camera/mac020000000001/state",
      ])
    let config = try JSONValue(messages[0].payload)
    try check(config)
    let shown = try #require(config["device"]?["name"]?.string)
    #expect(shown.utf8.count < 300)
    #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{202E}" })
    #expect(try JSONValue(messages[1].payload)["subject"]?["model"]?.string == name)
  }

  @Test func stateFollowsTheEvents() {
    var table = CameraTable()
    func state(after kind: Event.Kind) -> String? {
      table.apply(Sample.event(kind), topics: topics).last { $0.topic.hasSuffix("/state") }.map {
        String(decoding: $0.payload, as: UTF8.self)
      }
    }
    #expect(state(after: .raised) == "present")
    #expect(state(after: .silent) == "silent")
    #expect(state(after: .back) == "present")
    #expect(state(after: .acknowledged) == "acknowledged")
    #expect(state(after: .changed) == "acknowledged")
    #expect(state(after: .health) == nil)
    #expect(state(after: .declared) == "declared")
    #expect(state(after: .reopened) == "present")
  }

  @Test(arguments: [Event.Kind.dismissed, .declared])
  func settledCameraGoesFromHomeAssistant(kind: Event.Kind) {
    var table = CameraTable()
    _ = table.apply(Sample.event(), topics: topics)
    let messages = table.apply(Sample.event(kind), topics: topics)
    #expect(messages.allSatisfy { $0.isRetained })
    #expect(Set(messages.filter(\.payload.isEmpty).map { $0.topic.split(separator: "/").last }) == ["config", "attributes"])
    #expect(table.count == 0)
    #expect(table.all(topics: topics).isEmpty)
  }

  @Test func madeUpCameraIsNotShown() {
    var table = CameraTable()
    #expect(table.apply(Sample.event(more: ["test": true]), topics: topics).isEmpty)
  }

  @Test func oldestCameraMakesRoom() {
    var table = CameraTable()
    for number in 1...CameraTable.limit { _ = table.apply(Sample.event(.raised, number), topics: topics) }
    _ = table.apply(Sample.event(.back, 1), topics: topics)
    let messages = table.apply(Sample.event(.raised, CameraTable.limit + 1), topics: topics)
    #expect(table.count == CameraTable.limit)
    #expect(messages.filter { $0.payload.isEmpty }.allSatisfy { $0.topic.contains("mac020000000002") })
    #expect(messages.filter(\.payload.isEmpty).count == 3)
  }
}
