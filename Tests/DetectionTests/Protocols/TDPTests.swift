import Testing

@testable import Detection

@Suite struct TDPTests {
  static let recognizer = TDPRecognizer()

  static func framed(_ text: String) -> [UInt8] {
    let size = text.utf8.count
    return hex("02000001") + [UInt8(size >> 8), UInt8(size & 255)] + hex("1100 00000000 5a6b7c8d") + Array(text.utf8)
  }

  /// As in python-kasa's fixtures of a Tapo camera and a plug.
  static let camera = framed(
    #"{"result":{"device_id":"00","device_model":"C210","device_name":"Tapo_C210","device_type":"SMART.IPCAMERA"},"error_code":0}"#
  )

  @Test(
    arguments: [
      (camera, 20002, ["tplink.model=C210", "tplink.type=SMART.IPCAMERA"]),
      (camera, 20004, ["tplink.model=C210", "tplink.type=SMART.IPCAMERA"]),
      (
        framed(#"{"result":{"device_type":"SMART.TAPOPLUG","device_model":"P110(EU)"}}"#), 20002,
        ["tplink.model=P110(EU)", "tplink.type=SMART.TAPOPLUG"]
      ),
      // A telephone's search, and what it might say; a length that is not the datagram's
      (framed(#"{"params":{"rsa_key":"-----BEGIN PUBLIC KEY-----"}}"#), 40000, []), (camera, 40000, []),
      (camera + [0x20], 20002, []),
    ] as [([UInt8], UInt16, [String])])
  func answer(bytes: [UInt8], port: UInt16, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: port, to: port == 40000 ? 20002 : 40000).1.summary == expected)
  }
}
