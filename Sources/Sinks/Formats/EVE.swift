import Detection

extension Event {
  /// One alert of Suricata's EVE format, with the whole document as `lenscap`.
  ///
  /// Source: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html. An address that is unknown, or that privacy removed, is left
  /// out, as Suricata does for frames without IP.
  var eve: JSONValue {
    var line: JSONValue = [
      "timestamp": .string(time.rfc3339.replacing("Z", with: "+0000")),
      "event_type": "alert",
      "host": document["sensor"]?["name"] ?? .null,
      "alert": [
        "action": "allowed", "gid": 1, "signature_id": .integer(kind.signatureID), "rev": 1,
        "signature": .string("Lenscap: \(kind.signatureName)"), "category": "Undeclared camera",
        "severity": .integer(severity == "high" ? 1 : severity == "medium" ? 2 : 3),
      ],
      "lenscap": self.line,
    ]
    if let name = document["health"]?["interface"]?.string { line["in_iface"] = .string(name) }
    if let source = document["subject"]?["ips"]?.array?.first?.string { line["src_ip"] = .string(source) }
    if let stream = document["subject"]?["streams"]?.array?.first {
      if let peer = stream["peer"]?.string { line["dest_ip"] = .string(peer) }
      line["proto"] = .string(stream["protocol"]?.string?.hasPrefix("RTP") == true ? "UDP" : "TCP")
    } else if let peer = document["subject"]?["traffic"]?["to"]?.string, !peer.isEmpty {
      line["dest_ip"] = .string(peer)
    }
    return line
  }
}

extension Event.Kind {
  /// A number of Suricata's range for local rules, the same for ever.
  fileprivate var signatureID: Int64 {
    switch self {
    case .raised: 1_730_001
    case .surer: 1_730_002
    case .changed: 1_730_003
    case .silent: 1_730_004
    case .back: 1_730_005
    case .acknowledged: 1_730_006
    case .dismissed: 1_730_007
    case .declared: 1_730_008
    case .reopened: 1_730_009
    case .health: 1_730_010
    case .report: 1_730_011
    case .test: 1_730_012
    }
  }

  fileprivate var signatureName: String {
    switch self {
    case .raised: "undeclared camera"
    case .surer: "undeclared camera, now certain"
    case .changed: "undeclared camera changed"
    case .silent: "undeclared camera is silent"
    case .back: "undeclared camera is back"
    case .acknowledged: "alert acknowledged"
    case .dismissed: "alert dismissed"
    case .declared: "camera declared"
    case .reopened: "alert opened again"
    case .health: "the watch has a problem"
    case .report: "report"
    case .test: "test"
    }
  }
}
