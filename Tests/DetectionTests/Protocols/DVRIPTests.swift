import Testing

@testable import Detection

@Suite struct DVRIPTests {
  static let recognizer = DVRIPRecognizer()

  static func framed(_ head: String, _ text: String) -> [UInt8] { hex(head) + hex("2c000000") + Array(text.utf8) }
  static let answerHead = "ff010000 00000000 00000000 0000 fb05"

  /// sol-vin/xet and KostasEreksonas' notes: answers of cameras, addresses left out.
  static let camera = framed(
    answerHead,
    """
    { "NetWork.NetCommon" : { "ChannelNum" : 1, "DeviceType" : 1, "HostName" : "LocalHost", "MAC" : "00:12:31:00:00:01" }, "Ret" : 100 }
    """)

  @Test(arguments: [
    (camera, ["dvrip.device=LocalHost", "dvrip.channels=1"]),
    (
      framed(answerHead, "{\n\t\"NetWork.NetCommon\" :\n\t{\n\t\t\"DeviceType\" : 43,\n\t\t\"HostName\" : \"IPC_6a6b\"\n\t} }"),
      ["dvrip.device=IPC_6a6b", "dvrip.channels=not said"]
    ),
    (
      framed(answerHead, #"{"NetWork.NetCommon":{"ChannelNum":16,"HostName":"DVR"}}"#), ["dvrip.device=DVR", "dvrip.channels=16"]
    ),
    // A search, without and with text
    (hex("ff00000000000000000000000000fa0500000000"), []),
    (framed("ff000000 00000000 00000000 0000 fa05", #"{"NetWork.NetCommon":{"HostName":"IPC"},"SearchType":"Config"}"#), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 34569, to: 34569).1.summary == expected)
  }

  @Test func nothingTraps() { Harness.torture(Self.recognizer, ports: [34569], [Self.camera]) }
}
