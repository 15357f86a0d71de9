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

  /// The strongest claim that a device of one of these classes with this one value is a camera or a recorder.
  private func claim(_ field: Field, _ value: String, of classes: [DeviceClass]) -> (strength: Strength, says: Claim, id: String)? {
    let observation = Observation(field: field, text: value, length: value.utf8.count, subject: Station())
    return Self.set.match([observation]).filter { $0.says.isWeighed }
      .compactMap { signature in classes.compactMap { signature.strength?[$0] }.max().map { ($0, signature.says, signature.id) } }
      .max { $0.0 < $1.0 }
  }

  /// Whether their class is known or not.
  @Test(arguments: everyday)
  func peoplesDevicesAreNotCameras(_ everyday: Values) {
    for value in everyday.values {
      let claim = claim(everyday.field, value, of: [.personal, .media, .infrastructure, .unknown])
      #expect(
        claim == nil || claim!.strength < .likely, "\"\(value)\": \(claim?.id ?? "") says \(claim?.says.rawValue ?? "")")
    }
  }

  /// One such sentence by itself makes a device at least possible: nothing less than `likely` does.
  @Test(arguments: cameras)
  func camerasAreCameras(_ cameras: Values) {
    for value in cameras.values {
      let claim = claim(cameras.field, value, of: DeviceClass.allCases)
      #expect(claim.map { $0.strength >= .likely } ?? false, "\"\(value)\": \(claim?.id ?? "nothing")")
    }
  }

  // MARK: Names that cameras share

  /// A phone with the maker's app asks for these too: no camera by itself, and nothing where it is known to be a phone.
  @Test(arguments: [
    "euw1-rtsp-dcipc-i.tplinknbu.com", "euw1-relay-dcipc.i.tplinknbu.com", "p2p.reolink.com", "p2pqd.mycamdns.com", "p2p3.nwsvr2.com",
    "v720.p2p.naxclow.com", "ipc79.w390.net", "pub-status.secu100.net", "cam-tunnel-us.ajcloud.net", "dns.blurams.com", "dev.ezvizlife.com",
    "lv2-app-prod.immedia-semi.com", "cloud.mearicloud.com", "business.smartcamera.api.io.mi.com",
  ])
  func namesThatAnAppAsksFor(_ name: String) throws {
    #expect(claim(.dnsQuery, name, of: [.personal, .media, .infrastructure]) == nil)
    let unknown = try #require(claim(.dnsQuery, name, of: [.unknown]))
    #expect(unknown.strength <= .supports)
    let embedded = try #require(claim(.dnsQuery, name, of: [.embedded]))
    #expect(embedded.strength >= .likely)
  }

  // MARK: Whose it is

  /// Makers are named by what their devices serve and announce.
  @Test(arguments: [
    (Field.rtspPath, "/Streaming/Channels/101", "Hikvision"), (.rtspPath, "/cam/realmonitor", "Dahua"),
    (.rtspPath, "/h264Preview_01_main", "Reolink"), (.rtspPath, "/axis-media/media.amp", "Axis"), (.rtspPath, "/videoMain", "Foscam"),
    (.sdpAttribute, "rtppayload-supported:DH", "Dahua"), (.sdpMedia, "application/tp-link", "TP-Link"), (.sdpOrigin, "VSTC", "VStarcam"),
    (.sdpSession, "streamed by the macro-video rtsp server", "V380"), (.sdpAttribute, "DecoderTag=h3c-v3", "Uniview"),
    (.rtspRealm, "IP Camera(12345)", "Hikvision"), (.httpRealm, "Panasonic network device", "Panasonic"),
    (.rtspRealm, "AXIS_00408C123456", "Axis"), (.rtspRealm, "BC Streaming Media", "Reolink"),
    (.wsdScopes, "onvif://www.onvif.org/b/jovision", "Jovision"), (.onvifHardware, "DH-XVR5108HS-X", "Dahua"),
    (.wsdScopes, "onvif://www.onvif.org/name/Tapo_C210", "TP-Link"),
  ])
  func maker(_ field: Field, _ value: String, _ vendor: String) {
    let observation = Observation(field: field, text: value, length: value.utf8.count, subject: Station())
    let named = Set(Self.set.match([observation]).compactMap { $0.given($0.vendor, in: observation) })
    #expect(named == [vendor], "\"\(value)\" is by \(named)")
  }

  /// Firmware that nobody renamed, and what several makers use, name nobody.
  @Test(arguments: [
    (Field.onvifHardware, "IPC-model"), (.onvifName, "IPCAM"), (.onvifName, "NVT"), (.onvifHardware, "HW0100302"), (.rtspPath, "/stream1"),
    (.rtspPath, "/11"), (.rtspPath, "/live/ch00_0"), (.sdpSession, "Media Presentation"), (.ethernetOUI, "00005e005301"),
    (.ethernetOUI, "240ac4112233"), (.ethernetOUI, "f00000005301"),
  ])
  func nobody(_ field: Field, _ value: String) {
    let observation = Observation(field: field, text: value, length: value.utf8.count, subject: Station())
    #expect(Self.set.match([observation]).allSatisfy { $0.given($0.vendor, in: observation) == nil })
  }

  // MARK: Other products of camera makers

  /// Prefix, host name and clouds of plugs, chimes and locks of makers that are known for cameras.
  static let cousins: [[(Field, String)]] = [
    [(.ethernetOUI, "2caa8e010203"), (.dhcpHostname, "WLPP1-2CAA8E010203"), (.dnsQuery, "us-1.gateway.wyze.com")],
    [(.ethernetOUI, "54e019010203"), (.dhcpHostname, "RingChime-3b"), (.dnsQuery, "fw.ring.com"), (.dnsQuery, "es.ring.com")],
    [(.dhcpHostname, "P110"), (.dnsQuery, "security.iot.i.tplinknbu.com")],
    [(.ethernetOUI, "482254010203"), (.dhcpHostname, "P110"), (.dnsQuery, "n-devs.tplinkcloud.com")],
    [(.ethernetOUI, "50c7bf010203"), (.dhcpHostname, "ArcherC7"), (.dnsQuery, "n-devs.tplinkcloud.com")],
    [(.ethernetOUI, "50c7bf010203"), (.dhcpHostname, "Deco-M4"), (.dnsQuery, "n-devs.tplinkcloud.com")],
    [(.dhcpHostname, "lumi-gateway-v3_miio12345678"), (.dnsQuery, "de.ott.io.mi.com")],
    [(.dhcpHostname, "T8520-LOCK"), (.dnsQuery, "extend.eufylife.com"), (.dnsQuery, "security-smart.eufylife.com")],
  ]

  @Test(arguments: cousins.indices)
  func otherProductsOfCameraMakersAreNotCameras(_ index: Int) {
    let observations = Self.cousins[index].map { Observation(field: $0.0, text: $0.1, subject: Station()) }
    let met = Self.set.match(observations)
    let weighing = Weighing(met.map { .init(says: $0.says, facet: $0.facet, strength: $0.strength?[.unknown]) })
    #expect(weighing.verdict < .probable, "\(Self.cousins[index][1].1): \(met.map(\.id))")
  }
}
