import CMosquitto
import ConfigurationFiles
import Detection
import Foundation
import Synchronization

/// Publishes to an MQTT broker: every event for programs, and the box and its cameras as devices of Home Assistant.
///
/// It sends the JSON of each event, and the topics of Formats/HomeAssistant.swift, all with QoS 1: the broker's acknowledgement confirms it.
/// Limits: thirty seconds for a parcel, five for a connection that is being made. Source: MQTT 3.1.1 (OASIS).
///
/// While `run` runs, one connection is kept, with a last will; a delivery without it, as in a test of a sink, connects for itself and says
/// nothing about the availability of the box.
final class MQTTSink: Sink {
  /// Longest time until the broker acknowledged a parcel.
  static let deliveryLimit = Duration.seconds(30)
  /// How long a delivery waits for a connection that is being made.
  static let connectionWait = Duration.seconds(5)
  /// Waits between two attempts to connect; the last one repeats.
  static let waits: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(15), .seconds(30)]
  /// Who acknowledged, in the history of an alert.
  static let who = "mqtt"

  private struct State {
    var box = BoxState()
    var cameras = CameraTable()
    var connection: MQTTConnection?
    var isRunning = false
    /// Why there is no connection.
    var failure = "no connection yet"
  }

  private let broker: MQTTBroker
  private let prefix: String
  private let state = Mutex(State())

  /// Uses `host`, `port`, `tls`, `caFile`, `user`, the first secret as the password, and `discoveryPrefix`. Without `tls` the connection is
  /// encrypted unless the port is 1883.
  /// - Throws: without a host, for `starttls`, which MQTT has not, and for a prefix that is no topic.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    broker = try MQTTBroker(settings)
    guard unsafe mosquitto_pub_topic_check(settings.discoveryPrefix) == 0, !settings.discoveryPrefix.isEmpty else {
      throw SinkConfigurationError("discovery_prefix", "a topic without + and # is expected, such as homeassistant")
    }
    prefix = settings.discoveryPrefix
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let sensor = parcel.event.document["sensor"]?["id"]?.string
    guard let topics = state.withLock({ topics($0, else: sensor) }) else {
      throw .temporary("the id of the sensor is not known before the first run of the watch")
    }
    if state.withLock({ $0.isRunning }) {
      let connection = try await standingConnection()
      try await publish(parcel, topics, on: connection)
    } else {
      let connection = try await MQTTConnection.open(broker, will: nil, subscriptions: [])
      defer { connection.close() }
      try await publish(parcel, topics, on: connection)
    }
  }

  private func publish(_ parcel: Parcel, _ topics: HomeAssistant, on connection: MQTTConnection) async throws(DeliveryError) {
    // Handed over while the table is locked: nothing older about a camera can follow.
    let acknowledged = state.withLock { state in
      connection.publish(
        parcel.events.flatMap { event in
          [MQTTMessage(topic: topics.eventTopic, payload: event.line.escapedBytes, isRetained: false)]
            + state.cameras.apply(event, topics: topics)
        })
    }
    try await acknowledged.wait(limit: Self.deliveryLimit, late: "the broker acknowledged nothing for \(Self.deliveryLimit)")
  }

  private func standingConnection() async throws(DeliveryError) -> MQTTConnection {
    let clock = ContinuousClock()
    let end = clock.now + Self.connectionWait
    while true {
      if let connection = state.withLock({ $0.connection }) { return connection }
      guard clock.now < end, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
        throw .temporary(state.withLock { $0.failure })
      }
    }
  }

  private func topics(_ state: State, else sensor: String? = nil) -> HomeAssistant? {
    guard let sensor = state.box.sensorID ?? sensor, sensor.utf8.count == 16, sensor.utf8.allSatisfy({ ASCII.hexValue($0) != nil }) else {
      return nil
    }
    return HomeAssistant(sensor: sensor, prefix: prefix, version: state.box.version)
  }

  func run(_ inbox: Inbox) async {
    state.withLock { $0.isRunning = true }
    defer { state.withLock { $0.isRunning = false } }
    var attempt = 0
    while !Task.isCancelled {
      guard let topics = state.withLock({ topics($0) }) else {
        try? await Task.sleep(for: .milliseconds(200))
        continue
      }
      do throws(DeliveryError) {
        let connection = try await MQTTConnection.open(
          broker, will: availability(topics, "offline"),
          subscriptions: [topics.acknowledgeTopic, topics.statusTopic, topics.availabilityTopic])
        attempt = 0
        await serve(connection, topics, inbox)
        state.withLock { $0.failure = "the connection to \(broker.host) was lost" }
      } catch {
        state.withLock { $0.failure = error.reason }
      }
      try? await Task.sleep(for: Self.waits[min(attempt, Self.waits.count - 1)])
      attempt += 1
    }
  }

  /// Until the connection ends or the task is cancelled.
  private func serve(_ connection: MQTTConnection, _ topics: HomeAssistant, _ inbox: Inbox) async {
    defer {
      state.withLock { $0.connection = nil }
      connection.close()
    }
    announce(topics, on: connection)
    for await message in connection.messages {
      switch message.topic {
      // The broker keeps a retained message: it would acknowledge what is not known yet, at each connection.
      case topics.acknowledgeTopic where !message.isRetained:
        for alert in state.withLock({ $0.box.openAlertIDs }) { _ = await inbox.acknowledge(alert, Self.who) }
      case topics.statusTopic where message.payload == Data("online".utf8): announce(topics, on: connection)
      // The last will of an earlier connection, of which the broker only now noticed that it had ended.
      case topics.availabilityTopic where message.payload == Data("offline".utf8):
        _ = connection.publish([availability(topics, "online")])
      default: break
      }
    }
  }

  /// Says that the box is there, and everything that Home Assistant shall know, before any delivery on the same connection.
  private func announce(_ topics: HomeAssistant, on connection: MQTTConnection) {
    state.withLock { state in
      let box = [
        MQTTMessage(topic: topics.boxConfigTopic, payload: topics.boxConfig(name: state.box.sensorName).bytes, isRetained: true),
        availability(topics, "online"), boxState(topics, state.box),
      ]
      _ = connection.publish(box + state.cameras.all(topics: topics))
      state.connection = connection
    }
  }

  private func availability(_ topics: HomeAssistant, _ word: String) -> MQTTMessage {
    MQTTMessage(topic: topics.availabilityTopic, payload: Data(word.utf8), isRetained: true)
  }

  private func boxState(_ topics: HomeAssistant, _ box: BoxState) -> MQTTMessage {
    MQTTMessage(topic: topics.stateTopic, payload: topics.boxState(box).bytes, isRetained: true)
  }

  func update(_ box: BoxState) async {
    state.withLock { state in
      let isRenamed = state.box.sensorName != box.sensorName || state.box.version != box.version
      state.box = box
      guard let connection = state.connection, let topics = topics(state) else { return }
      let config = MQTTMessage(topic: topics.boxConfigTopic, payload: topics.boxConfig(name: box.sensorName).bytes, isRetained: true)
      _ = connection.publish((isRenamed ? [config] : []) + [boxState(topics, box)])
    }
  }
}

extension MQTTBroker {
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    guard let host = settings.host, !host.isEmpty else {
      throw SinkConfigurationError("host", "the name or address of an MQTT broker is expected")
    }
    if settings.tls == .starttls { throw SinkConfigurationError("tls", "none or implicit is expected") }
    usesTLS = settings.tls.map { $0 != .none } ?? (settings.port != 1883)
    self.host = host
    port = settings.port ?? (usesTLS ? 8883 : 1883)
    caFile = settings.caFile
    user = settings.user
    password = settings.secrets.first
  }
}
