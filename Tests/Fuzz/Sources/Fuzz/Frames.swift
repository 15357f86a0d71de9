import Capture
import Detection
import SignatureFiles

private let signatures: SignatureSet = {
  let yaml = """
    signatures:
      - id: fuzz-name
        because: its name is {value}
        says: camera
        facet: name
        strength: strong
        match: { mdns.name: { contains: cam } }
        references: [ fuzzing ]
        examples: [ { mdns.name: cam } ]
        counterexamples: [ { mdns.name: phone } ]
    """
  let read = SignatureLoader.read(yaml: yaml, file: "fuzz.yaml")
  precondition(read.problems.isEmpty, "\(read.problems)")
  return SignatureSet(read.signatures.map(\.signature))
}()

/// Rules of all kinds.
private let site = Site([
  .init(room: "A", criteria: [.interface("a")]), .init(room: "B", criteria: [.neighbour(.init(device: "sw", port: "Gi1")), .vlan([1])]),
  .init(room: "C", criteria: [.accessPoint(.mac(MACAddress(bits: 0x0200_0000_00A0)))]), .init(room: "D", criteria: [.circuit("1")]),
])

private func makeEngine() -> Engine {
  let interfaces = CaptureInterfaces()
  for name in ["a", "b"] { _ = interfaces.number(of: name) }
  let engine = Engine(signatures: signatures, site: site, interfaces: interfaces)
  engine.observer = { observation, device, _ in
    consumed &+= observation.shownValue.utf8.count &+ device.description.utf8.count
  }
  return engine
}

private func finish(_ engine: Engine) {
  engine.finish()
  consumed &+= engine.devices().count &+ engine.drain(devices: true).events.count &+ engine.coverage.undecoded.count
}

private let start: Int64 = 1_700_000_000_000_000_000

/// Frames: each with its link type's low byte, flags, and its length.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
  let engine = makeEngine()
  var input = Input(bytes)
  var time = start
  var number: UInt64 = 0
  var media = MediaCut()
  while !input.isEmpty {
    let low = input.u8()
    let flags = input.u8()
    let frame = input.run(input.u16())
    switch flags & 7 {
    case 1: time = .max
    case 2: time = .min
    case 3: time = 0
    case 4: time = time &- 3_600_000_000_000
    case 5: time = time &+ 3_600_000_000_000
    default: time = time &+ 1_000_000
    }
    number += 1
    let missing = [0, 1, 1500, 1 << 20][Int(flags >> 3 & 3)]
    let captured = Frame(
      bytes: frame.span.bytes, originalLength: frame.count + missing, linkType: LinkType(rawValue: UInt16(low) | UInt16(flags >> 7) << 8),
      time: Timestamp(nanoseconds: time), reference: PacketReference(file: 0, number: number), interface: UInt16(flags >> 5 & 3))
    precondition((0...frame.count).contains(media.keptBytes(of: captured)))
    engine.ingest(captured)
  }
  finish(engine)
}

/// Payloads among four stations and those beyond them: each with flags, two ports and its length. They go in frames whose sequence
/// numbers and lengths hold, so that what is behind the flow table is reached.
func fuzzConversations(_ bytes: UnsafeRawBufferPointer) {
  struct Flow: Hashable {
    let hosts: UInt8
    let ports: [UInt16]
  }
  let engine = makeEngine()
  var input = Input(bytes)
  var time = start
  var number: UInt64 = 0
  var sent: [Flow: [UInt32]] = [:]
  var media = MediaCut()

  func ingest(_ frame: [UInt8], missing: Int = 0) {
    number += 1
    let captured = Frame(
      bytes: frame.span.bytes, originalLength: frame.count + missing, linkType: .ethernet, time: Timestamp(nanoseconds: time),
      reference: PacketReference(file: 0, number: number))
    precondition((0...frame.count).contains(media.keptBytes(of: captured)))
    engine.ingest(captured)
  }

  while !input.isEmpty {
    let flags = input.u8()
    let fromResponder = flags & 1 != 0
    let isMissingBytes = flags & 2 != 0
    let isTCP = flags & 4 != 0
    time += flags & 8 != 0 ? 60_000_000_000 : 1_000_000
    // 2 bits: who originates; 1 bit: to the neighbour, or to the Internet; 1 bit: IPv6.
    let hosts = flags >> 4
    let ports = [input.u16(), input.u16()]
    let payload = input.run(input.u16())
    let flow = Flow(hosts: hosts, ports: ports)
    let isMulticast = !isTCP && [1900, 3702, 5353, 5355].contains(ports[1])

    func frame(_ fromResponder: Bool, _ transport: [UInt8]) -> [UInt8] {
      let near = hosts & 3
      let far: UInt8 = hosts & 4 == 0 ? near ^ 1 : 200 + near
      let (source, destination) = fromResponder ? (far, near) : (near, far)
      let proto: UInt8 = isTCP ? 6 : 17
      if hosts & 8 != 0 {
        func address(_ host: UInt8) -> [UInt8] { [0x20, 1, 0xD, 0xB8, 0, 0, 0, host >> 7, 0, 0, 0, 0, 0, 0, 0, host] }
        let to: [UInt8] = isMulticast && !fromResponder ? [0xFF, 2] + Array(repeating: 0, count: 13) + [0xFB] : address(destination)
        return [2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source, 0x86, 0xDD, 0x60, 0, 0, 0] + big(transport.count) + [proto, 64]
          + address(source) + to + transport
      }
      func address(_ host: UInt8) -> [UInt8] { host < 200 ? [192, 168, 1, host] : [8, 8, 4, host] }
      let to: [UInt8] = isMulticast && !fromResponder ? [239, 255, 255, 250] : address(destination)
      return [2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source, 8, 0, 0x45, 0] + big(transport.count + 20) + [0, 0, 0, 0, 64, proto, 0, 0]
        + address(source) + to + transport
    }
    func tcp(_ fromResponder: Bool, _ sequence: UInt32, _ flags: UInt8, _ payload: [UInt8]) -> [UInt8] {
      let header = fromResponder ? [ports[1], ports[0]] : ports
      return frame(
        fromResponder,
        header.flatMap { big(Int($0)) } + big(Int(sequence >> 16)) + big(Int(sequence & 0xFFFF)) + [
          0, 0, 0, 0, 0x50, flags, 16, 0, 0, 0, 0, 0,
        ]
          + payload)
    }

    guard isTCP else {
      let header = fromResponder ? [ports[1], ports[0]] : ports
      let missing = isMissingBytes ? 700 : 0
      ingest(frame(fromResponder, header.flatMap { big(Int($0)) } + big(payload.count + 8 + missing) + [0, 0] + payload), missing: missing)
      continue
    }
    if sent[flow] == nil {
      // Joined in the middle where bytes are missing before the first.
      sent[flow] = [0x7FFF_F000, 0xFFFF_F000]
      if !isMissingBytes {
        ingest(tcp(false, 0x7FFF_EFFF, 2, []))
        ingest(tcp(true, 0xFFFF_EFFF, 0x12, []))
      }
    } else if isMissingBytes {
      sent[flow]![fromResponder ? 1 : 0] &+= UInt32(payload.count) &+ 1
    }
    let sequence = sent[flow]![fromResponder ? 1 : 0]
    sent[flow]![fromResponder ? 1 : 0] = sequence &+ UInt32(payload.count)
    ingest(tcp(fromResponder, sequence, 0x18, payload))
  }
  finish(engine)
}

private func big(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }
