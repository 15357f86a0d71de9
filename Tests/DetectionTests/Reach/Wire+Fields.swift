@testable import Detection

/// How a device shows a value of each field. One `case` a field: it sends what makes a recognizer report that value, as devices send it.
extension Wire {
  /// Fields whose values are measured over minutes or hours of traffic, so that no message can show them: the tests in Behaviour/ do.
  private static let measured = ["upload.", "fanout.", "wake."]

  /// Fields that only the tests of their protocols show so far, whole conversations each. A case here is better.
  static let shownByTests: [Field: String] = [
    .tcpSYN: "DeviceClassTests", .tcpSYNs: "DeviceClassTests", .tlsHello: "none yet", .tlsAnswered: "ServedVideoTests",
    .ssdpUniqueName: "SSDPTests", .wsdNamespace: "WSDiscoveryTests", .rtpVideo: "RTPTests", .srtSender: "StreamOverUDPTests",
    .httpPictureRow: "MediaRowsTests", .httpPosts: "MediaRowsTests", .httpServed: "HTTPRowTests", .httpLive: "MediaRowsTests",
    .eventMaker: "HTTPRowTests", .eventModel: "HTTPRowTests", .eventChannel: "HTTPRowTests", .webSocketVideo: "WebSocketTests",
    .webSocketPush: "WebSocketTests", .searchAnswer: "LANSearchTests", .searchModel: "LANSearchTests", .searchVendor: "LANSearchTests",
    .baichuanRole: "BaichuanTests", .baichuanType: "BaichuanTests", .baichuanVideo: "BaichuanTests", .ftpUpload: "MediaRowsTests",
    .mailUpload: "none yet", .ipConflict: "FramingTests",
  ]

  static func isShownElsewhere(_ field: Field) -> Bool {
    shownByTests[field] != nil || measured.contains { field.rawValue.hasPrefix($0) }
  }

  /// Values of fields that no signature's example has; each must be reported as it is.
  static let samples: [Field: String] = [
    .ipGateway: "192.168.1.49", .dnsServer: "192.168.1.1", .ntpServer: "192.168.1.3", .dnsRole: "resolver", .dhcpRole: "server",
    .dhcpCircuit: "ge-0/0/12", .dhcpRemote: "switch 3", .nbnsName: "IPC-C22", .rtspPath: "/live/ch00_0", .sdpMedia: "video H264",
    .rtmpPublish: "FMLE/3.0", .srtHandshake: "1.5.3", .httpHost: "camera.example", .tlsALPN: "h2",
    .tlsJA4: "t13d0203h2_c1929292aa6b_b9a491fefe05", .quicServerName: "example.com", .dahuaModel: "IPC-HDW5421S", .sadpType: "123456",
    .dvripDevice: "LocalHost", .rtspUserAgent: "Lab 1.0", .sdpTool: "Lab 1.0", .rtpPayload: "H264", .tsVideo: "H264",
    .httpHeader: "X-Camera: lab", .sshBanner: "SSH-2.0-dropbear_2012.55", .cdpVersion: "1.0.3", .gb28181ID: "34020000001320000001",
    .stunSoftware: "Lab 1.0", .mqttClientID: "ipc-0a1b", .beaconPeriod: "20", .beaconJitter: "0", .wpsModelNumber: "1.0",
    .lldpPort: "eth0", .lldpPortDescription: "port 1", .lldpManagementAddress: "192.168.1.49", .cdpPort: "eth0",
    .cdpAddress: "192.168.1.49",
  ]

  /// Sends what shows a value. Returns whether there is a way to show it.
  mutating func show(_ value: Observation) -> Bool {
    showNetwork(value) || showNames(value) || showWeb(value) || showCalls(value) || showEncrypted(value) || showMedia(value)
      || showVideo(value) || showCameras(value) || showPeerToPeer(value)
  }

  /// There is a way for some value of this field.
  static func encodes(_ field: Field, _ text: String) -> Bool {
    var wire = Wire()
    return wire.show(Observation(field: field, text: text, bytes: [0x5A], length: 1, subject: Station()))
  }
}
