import Detection
import SignatureFiles

/// Link types that a frame's first byte chooses among; the rest is any.
private let linkTypes: [UInt16] = [
  1, 0, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 109, 113, 117, 119, 127, 163, 192, 228, 229, 231, 239, 253, 269, 276,
]

private let signatures: SignatureSet = {
  let yaml = """
    - id: fuzz-name
      because: its name is {value}
      facet: naming
      strength: strong
      match: { mdns.name: { contains: cam } }
    """
  return SignatureSet(SignatureLoader.read(yaml: yaml, file: "fuzz.yaml").signatures.map(\.signature))
}()

/// Frames, each with a byte for its link type, one for what its time does, and two for its length.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
  let engine = Engine(signatures: signatures)
  engine.observer = { observation, device, _ in
    consumed &+= observation.shownValue.utf8.count &+ device.description.utf8.count
  }
  var rest = bytes[...]
  var time: Int64 = 1_700_000_000_000_000_000
  var number: UInt64 = 0
  while rest.count >= 4 {
    let head = Array(rest.prefix(4))
    rest = rest.dropFirst(4)
    let length = min(rest.count, Int(head[2]) << 8 | Int(head[3]))
    let link = head[0] == 255 ? UInt16(head[1]) : linkTypes[Int(head[0]) % linkTypes.count]
    switch head[1] & 0x1F {
    case 0: time = .max
    case 1: time = .min
    case 2: time = 0
    case 3: time = time &- 3_600_000_000_000
    case 4: time = time &+ 3_600_000_000_000
    default: time = time &+ Int64(head[1]) * 1_000_000
    }
    // A frame's bytes are a copy of their own, so that reading beyond them is found.
    let frameBytes = Array(rest.prefix(length))
    rest = rest.dropFirst(length)
    number += 1
    let original = head[1] & 0x20 == 0 ? length : length + Int(head[1]) * 1000
    engine.ingest(
      Frame(
        bytes: frameBytes.span.bytes, originalLength: original, linkType: LinkType(rawValue: link), time: Timestamp(nanoseconds: time),
        reference: PacketReference(file: 0, number: number)))
  }
  engine.finish()
  consumed &+= engine.devices().count &+ engine.takeAlerts().count &+ engine.coverage.undecoded.count
}
