import Detection
import Foundation
import SignatureFiles
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "signatures").path

/// Results of the whole set for values that it was not written from: people's devices are not cameras, and cameras are.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder), "there is no folder signatures/"))
struct EverydayTests {
  private static let set = SignatureSet(SignatureLoader.read(folder).signatures.map(\.signature))

  /// The strongest claim that a device with this one value is a camera or a recorder.
  private func claim(_ field: Field, _ value: String) -> (strength: Strength, says: Claim, id: String)? {
    let observation = Observation(field: field, text: value, length: value.utf8.count, subject: Station())
    return Self.set.match([observation]).filter { $0.says.isWeighed }
      .compactMap { signature in signature.strength.map { ($0, signature.says, signature.id) } }
      .max { $0.0 < $1.0 }
  }

  @Test(arguments: everyday)
  func peoplesDevicesAreNotCameras(_ everyday: Values) {
    for value in everyday.values {
      let claim = claim(everyday.field, value)
      #expect(
        claim == nil || claim!.strength < .likely, "\"\(value)\": \(claim?.id ?? "") says \(claim?.says.rawValue ?? "")")
    }
  }

  /// One such sentence by itself makes a device at least possible: nothing less than `likely` does.
  @Test(arguments: cameras)
  func camerasAreCameras(_ cameras: Values) {
    for value in cameras.values {
      let claim = claim(cameras.field, value)
      #expect(claim.map { $0.strength >= .likely } ?? false, "\"\(value)\": \(claim?.id ?? "nothing")")
    }
  }

  // MARK: Other products of camera makers

  /// Prefix, host name and clouds of plugs, chimes and locks of makers that are known for cameras.
  static let cousins: [[(Field, String)]] = [
    [(.ethernetOUI, "2caa8e010203"), (.dhcpHostname, "WLPP1-2CAA8E010203"), (.dnsQuery, "us-1.gateway.wyze.com")],
    [(.ethernetOUI, "54e019010203"), (.dhcpHostname, "RingChime-3b"), (.dnsQuery, "fw.ring.com"), (.dnsQuery, "es.ring.com")],
    [(.dhcpHostname, "P110"), (.dnsQuery, "security.iot.i.tplinknbu.com")],
    [(.dhcpHostname, "T8520-LOCK"), (.dnsQuery, "extend.eufylife.com"), (.dnsQuery, "security-smart.eufylife.com")],
  ]

  @Test(arguments: cousins.indices)
  func otherProductsOfCameraMakersAreNotCameras(_ index: Int) {
    let observations = Self.cousins[index].map { Observation(field: $0.0, text: $0.1, subject: Station()) }
    let met = Self.set.match(observations)
    let weighing = Weighing(met.map { .init(says: $0.says, facet: $0.facet, strength: $0.strength) })
    #expect(weighing.verdict < .probable, "\(Self.cousins[index][1].1): \(met.map(\.id))")
  }
}
