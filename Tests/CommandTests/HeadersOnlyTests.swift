import Foundation
import Testing

@Suite struct HeadersOnlyTests {
  /// Announcements suffice; the contents of conversations are not read.
  @Test func announcementsOnly() throws {
    let result = try Command.run("replay", "--headers-only", Command.capture("camera-boot"))
    #expect(result.status == 10 && result.output.contains("IPC-C22"))
    #expect(try Command.run("replay", "--headers-only", Command.capture("rtsp-tcp-camera")).status == 0)
    for name in ["camera-boot", "rtsp-tcp-camera", "mjpeg-camera", "onvif-discovery"] {
      let seen = try Command.run("signatures", "explain", "--headers-only", Command.capture(name))
      #expect(seen.status == 0 && seen.output.contains("eth.oui"))
      for contents in ["dns.query", "http.", "rtsp.", "sdp.", "tls.", "rtp.", "tcp.payload", "udp.payload"] {
        #expect(!seen.output.contains("  \(contents)"), "\(name): \(contents)")
      }
    }
  }

  @Test func recordingIsRefused() throws {
    let result = try Command.run("watch", "-i", "lo", "--headers-only", "--write", "/dev/null")
    #expect(result.status == 64 && result.errors.contains("--headers-only promises not to read"))
  }
}
