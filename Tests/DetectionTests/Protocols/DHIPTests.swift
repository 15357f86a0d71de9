import Testing

@testable import Detection

@Suite struct DHIPTests {
  static let recognizer = DHIPRecognizer()

  static func framed(_ text: String) -> [UInt8] {
    let size = UInt32(text.utf8.count)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(8 * $0)) }
    return hex("20000000 44484950 0000000000000000") + length + hex("00000000") + length + hex("00000000") + Array(text.utf8)
  }

  /// Answers as published by different authors, addresses and serials left out.
  static let camera = framed(
    """
    { "mac" : "00:11:22:33:44:55", "method" : "client.notifyDevInfo", "params" : { "deviceInfo" : { "AlarmInputChannels" : 0, \
    "DeviceClass" : "IPC", "DeviceType" : "IPC-HDW5421S", "HttpPort" : 80 } } }
    """)

  @Test(arguments: [
    (camera, ["dahua.model=IPC-HDW5421S", "dahua.class=IPC"]),
    (
      framed(
        #"{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceClass":"VTO","DeviceType":"VTO2000A","Init":150}}}"#),
      ["dahua.model=VTO2000A", "dahua.class=VTO"]
    ),
    (
      framed(#"{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"SS 3530 MF FACE W"}}}"#),
      ["dahua.model=SS 3530 MF FACE W", "dahua.class=not said"]
    ),
    // A searcher; another house's frame
    (framed(#"{ "method" : "DHDiscover.search", "params" : { "mac" : "", "uni" : 1 } }"#), []),
    (Array(#"{"method":"client.notifyDevInfo","DeviceClass":"IPC"}"#.utf8), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 37810).1.summary == expected)
  }

  @Test func nothingTraps() { Harness.torture(Self.recognizer, ports: [37810], [Self.camera]) }
}
