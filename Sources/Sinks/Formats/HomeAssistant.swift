import Detection
import Foundation

/// Topics and payloads for Home Assistant's MQTT integration: the box and each camera are devices that it finds by itself.
///
/// Source: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload. Every topic consists of the sensor's id, of a device's
/// id in letters and digits, and of fixed words, so that no text of a stranger gets into one.
struct HomeAssistant: Sendable {
  /// Bytes of a name, a model or a room that are shown.
  static let textLimit = 80
  /// Seconds after which the state of a box that says nothing counts as unknown; it says something every minute.
  static let expireAfter: Int64 = 300

  /// 16 hexadecimal digits.
  let sensor: String
  /// The first level of the discovery topics, `homeassistant` unless Home Assistant was told otherwise.
  let prefix: String
  let version: String

  var availabilityTopic: String { "lenscap/\(sensor)/availability" }
  var stateTopic: String { "lenscap/\(sensor)/state" }
  var eventTopic: String { "lenscap/\(sensor)/event" }
  var acknowledgeTopic: String { "lenscap/\(sensor)/acknowledge" }
  /// Where Home Assistant says `online` after it started.
  var statusTopic: String { "\(prefix)/status" }
  var boxConfigTopic: String { "\(prefix)/device/\(boxID)/config" }

  func cameraConfigTopic(_ device: String) -> String { "\(prefix)/device/\(boxID)_\(device)/config" }
  func cameraStateTopic(_ device: String) -> String { "lenscap/\(sensor)/camera/\(device)/state" }
  func cameraAttributesTopic(_ device: String) -> String { "lenscap/\(sensor)/camera/\(device)/attributes" }

  private var boxID: String { "lenscap_\(sensor)" }

  /// A device's id without all characters but a–z and 0–9; nil if none is left.
  static func topicPart(of device: String) -> String? {
    let kept = device.utf8.map(ASCII.lowercased).filter(ASCII.isAlphanumeric)
    return kept.isEmpty ? nil : String(decoding: kept, as: UTF8.self)
  }

  /// The box, with its sensors and the button that acknowledges.
  func boxConfig(name: String) -> JSONValue {
    [
      "device": [
        "identifiers": [.string(boxID)], "name": .string(shown(name).isEmpty ? "Lenscap" : "Lenscap \(shown(name))"),
        "manufacturer": "Lenscap", "model": "Camera watch", "sw_version": .string(version),
      ],
      "origin": origin,
      "availability_topic": .string(availabilityTopic),
      "state_topic": .string(stateTopic),
      "components": [
        "watching": component(
          "binary_sensor", "watching", "Watching", icon: "mdi:eye-check",
          [
            "device_class": "running", "value_template": "{{ 'ON' if value_json.watching else 'OFF' }}",
            "expire_after": .integer(Self.expireAfter),
          ]),
        "undeclared_cameras": measurement("undeclared_cameras", "Undeclared cameras", icon: "mdi:cctv"),
        "open_alerts": measurement("open_alerts", "Open alerts", icon: "mdi:alert"),
        "coverage": measurement("coverage", "Coverage", icon: "mdi:radar", unit: "%"),
        "rooms_watched": measurement("rooms_watched", "Rooms watched", icon: "mdi:door-open"),
        "rooms_blind": measurement("rooms_blind", "Rooms not watched", icon: "mdi:door-closed"),
        "last_packet": component(
          "sensor", "last_packet", "Last packet", icon: nil,
          ["device_class": "timestamp", "entity_category": "diagnostic", "value_template": "{{ value_json.last_packet }}"]),
        "acknowledge": component(
          "button", "acknowledge", "Acknowledge all alerts", icon: "mdi:check-all",
          ["command_topic": .string(acknowledgeTopic), "payload_press": "PRESS", "qos": 1]),
      ],
    ]
  }

  private var origin: JSONValue { ["name": "lenscap", "sw_version": .string(version)] }

  /// A number of the state.
  private func measurement(_ key: String, _ name: String, icon: String, unit: JSONValue? = nil) -> JSONValue {
    var more: [String: JSONValue] = ["state_class": "measurement", "value_template": .string("{{ value_json.\(key) }}")]
    more["unit_of_measurement"] = unit
    return component("sensor", key, name, icon: icon, more)
  }

  private func component(_ platform: String, _ key: String, _ name: String, icon: String?, _ more: [String: JSONValue]) -> JSONValue {
    var component = more
    component["platform"] = .string(platform)
    component["unique_id"] = .string("\(boxID)_\(key)")
    component["default_entity_id"] = .string("\(platform).\(boxID)_\(key)")
    component["name"] = .string(name)
    if let icon { component["icon"] = .string(icon) }
    return .object(component)
  }

  /// What `stateTopic` says. `coverage` is the share of rooms that are watched, in per cent; null without rooms.
  func boxState(_ state: BoxState) -> JSONValue {
    let rooms = state.roomsWatched + state.roomsBlind
    return [
      "watching": .bool(state.isWatching),
      "coverage": rooms > 0 ? .integer(Int64(state.roomsWatched * 100 / rooms)) : .null,
      "rooms_watched": .integer(Int64(state.roomsWatched)),
      "rooms_blind": .integer(Int64(state.roomsBlind)),
      "undeclared_cameras": .integer(Int64(state.undeclaredCameras)),
      "open_alerts": .integer(Int64(state.openAlerts)),
      "last_packet": state.lastPacket.map { .string($0.rfc3339) } ?? .null,
      "sensor": ["id": .string(sensor), "name": .string(state.sensorName)],
      "version": .string(state.version),
    ]
  }

  /// A camera: one sensor, whose state is one of `CameraState` and whose attributes are the latest event.
  ///
  /// - Parameter subject: the device as the event shows it; what privacy removed is left out.
  func cameraConfig(_ device: String, subject: JSONValue?) -> JSONValue {
    let id = "\(boxID)_\(device)"
    let vendor = shown(subject?["vendor"]?.string)
    let model = shown(subject?["model"]?.string)
    let room = shown(subject?["room"]?.string)
    let maker = [vendor, model].filter { !$0.isEmpty }.joined(separator: " ")
    var about: [String: JSONValue] = [
      "identifiers": [.string(id)],
      "name": .string(maker.isEmpty ? "Undeclared camera" : "Undeclared camera \(maker)"),
      "via_device": .string(boxID),
    ]
    if !vendor.isEmpty { about["manufacturer"] = .string(vendor) }
    if !model.isEmpty { about["model"] = .string(model) }
    if !room.isEmpty { about["suggested_area"] = .string(room) }
    return [
      "device": .object(about),
      "origin": origin,
      "availability_topic": .string(availabilityTopic),
      "components": [
        "state": [
          "platform": "sensor", "unique_id": .string("\(id)_state"), "default_entity_id": .string("sensor.\(id)_state"),
          "name": "State", "icon": "mdi:cctv", "device_class": "enum",
          "options": .array(CameraState.allCases.map { .string($0.rawValue) }),
          "state_topic": .string(cameraStateTopic(device)),
          "json_attributes_topic": .string(cameraAttributesTopic(device)),
        ]
      ],
    ]
  }

  /// Home Assistant shows a name as it is: one line of it.
  private func shown(_ text: String?) -> String { (text ?? "").oneLine.cut(utf8: Self.textLimit) }
}

/// What a camera's state topic says.
enum CameraState: String, CaseIterable {
  case present, silent, acknowledged, dismissed, declared

  /// True once a person decided that the camera is none to be looked for.
  var isSettled: Bool { self == .dismissed || self == .declared }

  /// The state after an event; nil for events that are not about a camera.
  init?(after kind: Event.Kind, from previous: CameraState?) {
    switch kind {
    case .raised, .back, .reopened: self = .present
    case .surer, .changed: self = previous == .acknowledged ? .acknowledged : .present
    case .silent: self = .silent
    case .acknowledged: self = .acknowledged
    case .dismissed: self = .dismissed
    case .declared: self = .declared
    case .health, .report, .test: return nil
    }
  }
}

/// The cameras that Home Assistant shows: what is published about each, so that it can be published again.
struct CameraTable: Sendable {
  /// The camera that nothing was heard of for the longest time goes first.
  static let limit = 200

  private struct Camera {
    var state: CameraState
    var config: JSONValue
    var attributes: JSONValue
    var change: UInt64
  }

  private var cameras: [String: Camera] = [:]
  private var changes: UInt64 = 0

  var count: Int { cameras.count }

  /// Enters an event. Returns what is to be published about its camera, in order; nothing if it is about none, or about one made up for a test.
  mutating func apply(_ event: Event, topics: HomeAssistant) -> [MQTTMessage] {
    guard event.document["test"] != true, let id = event.document["device"]?.string, let device = HomeAssistant.topicPart(of: id) else {
      return []
    }
    guard let state = CameraState(after: event.kind, from: cameras[device]?.state) else { return [] }
    if state.isSettled { return remove(device, topics: topics, saying: state) }
    changes += 1
    cameras[device] = Camera(
      state: state, config: topics.cameraConfig(device, subject: event.document["subject"]), attributes: event.line, change: changes)
    var messages: [MQTTMessage] = []
    if cameras.count > Self.limit, let oldest = cameras.min(by: { $0.value.change < $1.value.change }) {
      messages = remove(oldest.key, topics: topics, saying: nil)
    }
    return messages + all(of: device, topics: topics)
  }

  /// What is published when a connection begins, and when Home Assistant started: cameras in the order of their events.
  func all(topics: HomeAssistant) -> [MQTTMessage] {
    cameras.sorted { $0.value.change < $1.value.change }.flatMap { all(of: $0.key, topics: topics) }
  }

  private func all(of device: String, topics: HomeAssistant) -> [MQTTMessage] {
    guard let camera = cameras[device] else { return [] }
    return [
      MQTTMessage(topic: topics.cameraConfigTopic(device), payload: camera.config.bytes, isRetained: true),
      MQTTMessage(topic: topics.cameraAttributesTopic(device), payload: camera.attributes.bytes, isRetained: true),
      MQTTMessage(topic: topics.cameraStateTopic(device), payload: Data(camera.state.rawValue.utf8), isRetained: true),
    ]
  }

  /// The device goes from Home Assistant, and what was known of it from the broker; only the last state stays.
  private mutating func remove(_ device: String, topics: HomeAssistant, saying state: CameraState?) -> [MQTTMessage] {
    cameras[device] = nil
    return [
      MQTTMessage(topic: topics.cameraStateTopic(device), payload: Data((state?.rawValue ?? "").utf8), isRetained: true),
      MQTTMessage(topic: topics.cameraConfigTopic(device), payload: Data(), isRetained: true),
      MQTTMessage(topic: topics.cameraAttributesTopic(device), payload: Data(), isRetained: true),
    ]
  }
}
