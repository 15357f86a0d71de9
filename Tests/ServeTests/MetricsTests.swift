import Documents
import Services
import Testing

@testable import Serve

@Suite struct MetricsTests {
  @Test func everyFamilyIsThereAndLabelsAreEscaped() {
    var metrics = Metrics()
    metrics.version = "1.2"
    metrics.sinks = [.init(name: "a\"b\\c\n", pending: 3, results: ["delivered": 7])]
    let lines = metrics.text.split(separator: "\n").map(String.init)
    #expect(lines.contains(#"lenscap_build_info{version="1.2"} 1"#))
    #expect(lines.contains(#"lenscap_outbox{sink="a\"b\\c\n"} 3"#))
    #expect(lines.contains(#"lenscap_deliveries_total{sink="a\"b\\c\n",result="delivered"} 7"#))
    let families = [
      "lenscap_build_info", "lenscap_packets_total", "lenscap_dropped_total", "lenscap_cameras", "lenscap_alerts_open", "lenscap_outbox",
      "lenscap_deliveries_total", "lenscap_last_packet_seconds",
    ]
    for family in families { #expect(lines.contains { $0.hasPrefix("# TYPE \(family) ") }, "\(family)") }
  }
}

@Suite struct SinkStatusTests {
  @Test func keys() throws {
    let status = SinkStatus(name: "desk", kind: "http", state: "ok", pending: 0, lastSuccess: nil, lastError: "refused")
    #expect(
      try JSON.text(status)
        == #"{"kind":"http","last_error":"refused","last_success":null,"name":"desk","pending":0,"state":"ok"}"#)
  }
}

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:9476", "127.0.0.1:9476", true), ("[::1]:80", "[::1]:80", true), ("localhost:0", "localhost:0", true),
    ("0.0.0.0:8080", "0.0.0.0:8080", false), ("box.example:443", "box.example:443", false),
  ]) func addresses(_ text: String, _ description: String, _ isLoopback: Bool) {
    let address = ListenAddress(text)
    #expect(address?.description == description)
    #expect(address?.isLoopback == isLoopback)
  }

  @Test(arguments: ["", ":80", "host", "host:", "host:65536", "host:-1", "::1:80", "[::1]"]) func wrong(_ text: String) {
    #expect(ListenAddress(text) == nil)
  }
}
