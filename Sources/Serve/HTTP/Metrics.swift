import Detection
import Sinks

/// The figures of /metrics, in the text format of Prometheus (version 0.0.4). No label names a device.
struct Metrics: Sendable {
  struct SinkFigures: Sendable {
    let name: String
    let pending: Int
    let results: [String: Int]
  }

  var version = ""
  var packets: UInt64 = 0
  var dropped: UInt64 = 0
  var declaredCameras = 0
  var undeclaredCameras = 0
  var openAlerts = 0
  /// Seconds since 1970.
  var lastPacket: Double?
  var sinks: [SinkFigures] = []
  /// Nil where there is no uplink.
  var uplink: UplinkFigures?

  struct UplinkFigures: Sendable {
    let isOnline: Bool
    let pending: Int64
    /// Seconds since 1970.
    let lastAck: Double?
  }

  var text: String {
    var lines: [String] = []
    func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: [(String, String)], value: String)]) {
      lines.append("# HELP \(name) \(help)")
      lines.append("# TYPE \(name) \(type)")
      for sample in samples {
        let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        lines.append(name + (labels.isEmpty ? "" : "{\(labels)}") + " " + sample.value)
      }
    }
    family("lenscap_build_info", "gauge", "Version of lenscap.", [([("version", version)], "1")])
    family("lenscap_packets_total", "counter", "Packets captured by the present run of the watch.", [([], "\(packets)")])
    family("lenscap_dropped_total", "counter", "Packets lost by the present run of the watch.", [([], "\(dropped)")])
    family(
      "lenscap_cameras", "gauge", "Cameras and recorders in the database.",
      [([("declared", "true")], "\(declaredCameras)"), ([("declared", "false")], "\(undeclaredCameras)")])
    family("lenscap_alerts_open", "gauge", "Alerts that nobody has answered.", [([], "\(openAlerts)")])
    family("lenscap_outbox", "gauge", "Events that a sink has still to get.", sinks.map { ([("sink", $0.name)], "\($0.pending)") })
    family(
      "lenscap_deliveries_total", "counter", "Attempts to deliver since serve started, by result.",
      sinks.flatMap { sink in
        ["delivered", "retried", "failed"].map { ([("sink", sink.name), ("result", $0)], "\(sink.results[$0] ?? 0)") }
      })
    family(
      "lenscap_last_packet_seconds", "gauge", "Time of the last packet, in seconds since 1970; 0 before the first.",
      [([], lastPacket.map { "\($0)" } ?? "0")])
    if let uplink {
      family("lenscap_uplink_online", "gauge", "Whether the broker of central is connected.", [([], uplink.isOnline ? "1" : "0")])
      family("lenscap_uplink_pending", "gauge", "Events that central has not acknowledged.", [([], "\(uplink.pending)")])
      family(
        "lenscap_uplink_last_ack_seconds", "gauge", "Time of central's last acknowledgement, in seconds since 1970; 0 before the first.",
        [([], uplink.lastAck.map { "\($0)" } ?? "0")])
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
