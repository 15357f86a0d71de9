@testable import Detection

/// Frames for tests, assembled by hand from the formats' documents.
enum FrameBuilder {
  static func mac(_ last: UInt8) -> [UInt8] { [0x02, 0, 0, 0, 0, last] }

  static func ethernet(
    from: [UInt8] = mac(1), to: [UInt8] = mac(2), type: UInt16 = 0x0800, tags: [(UInt16, UInt16)] = [], _ payload: [UInt8]
  ) -> [UInt8] {
    to + from + tags.flatMap { big($0.0) + big($0.1) } + big(type) + payload
  }

  static func ipv4(
    _ source: String, _ destination: String, proto: UInt8, ttl: UInt8 = 64, totalLength: Int? = nil, fragment: UInt16 = 0,
    _ payload: [UInt8]
  ) -> [UInt8] {
    let length = UInt16(truncatingIfNeeded: totalLength ?? payload.count + 20)
    return [0x45, 0] + big(length) + [0, 0] + big(fragment) + [ttl, proto, 0, 0]
      + big32(IPAddress(source)!.v4) + big32(IPAddress(destination)!.v4) + payload
  }

  static func ipv6(_ source: String, _ destination: String, next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0x60, 0, 0, 0] + big(UInt16(payload.count)) + [next, 64] + big128(IPAddress(source)!.bits) + big128(IPAddress(destination)!.bits)
      + payload
  }

  static func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
    big(source) + big(destination) + big(UInt16(payload.count + 8)) + [0, 0] + payload
  }

  static func tcp(_ source: UInt16, _ destination: UInt16, seq: UInt32, ack: UInt32 = 0, flags: TCPFlags = .ack, _ payload: [UInt8] = [])
    -> [UInt8]
  {
    big(source) + big(destination) + big32(seq) + big32(ack) + [0x50, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0] + payload
  }

  static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
  static func big32(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xFFFF)) }
  static func big128(_ value: UInt128) -> [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt128(120 - 8 * $0)) } }
}

/// Feeds frames to an engine with rising numbers and a time for each.
struct Feeder {
  let engine: Engine
  var number: UInt64 = 0

  init(_ engine: Engine) { self.engine = engine }

  mutating func frame(_ bytes: [UInt8], link: LinkType = .ethernet, at seconds: Double, length: Int? = nil, on interface: String = "") {
    number += 1
    Seeds.keep(frame: bytes, link, length: length)
    engine.ingest(
      Frame(
        bytes: bytes.span.bytes, originalLength: length ?? bytes.count, linkType: link, time: Timestamp(nanoseconds: Int64(seconds * 1e9)),
        reference: PacketReference(file: 0, number: number), interface: engine.interfaces.number(of: interface)))
  }
}
