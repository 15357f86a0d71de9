import ArgumentParser
import Capture
import Detection
import Documents
import Services

/// Writes the packets that reports cite to a capture, each with a comment on what it shows.
///
/// Reads them again at the end, because it is not known earlier which packets will be cited. What counts in full because both sides of a
/// conversation spoke is written with the first packet of each side, so that the file alone shows it.
final class EvidenceFile {
  private let path: String
  private let inputs: [String]
  private let jobs: Int
  private let writer: PcapngWriter
  private let interfaceNames = CaptureInterfaces()
  private var comments: [PacketReference: [String]] = [:]
  /// Packets that somebody answered, or that come from a device which took part in an exchange.
  private var corroborated: [PacketReference: DeviceID] = [:]

  private struct Packet {
    let reference: PacketReference
    let time: Timestamp
    let linkType: LinkType
    let interface: UInt16
    let originalLength: Int
    let bytes: [UInt8]
  }

  private struct Link: Hashable {
    let file: UInt32
    let type: LinkType
    let interface: UInt16
  }

  /// Thrown to end the second reading.
  private struct AllFound: Error {}

  /// Creates the file before the replay, to fail early. If that fails, prints why and ends the program.
  init(path: String, inputs: [String], jobs: Int) throws {
    (self.path, self.inputs, self.jobs) = (path, inputs, jobs)
    try Self.check(path, against: inputs)
    do throws(CaptureError) {
      writer = try PcapngWriter(path: path, application: "lenscap \(Lenscap.configuration.version)")
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus.ioError.code
    }
  }

  private static func check(_ path: String, against inputs: [String]) throws {
    let target = FileIdentity(path)
    for input in inputs {
      guard input != "-" else {
        throw usageError("--write-evidence reads the packets twice, which is impossible with standard input; save the capture to a file.")
      }
      guard let source = FileIdentity(input) else { continue }  // the error appears when the file is read
      if source == target { throw usageError("--write-evidence: \(path) is one of the captures to read.") }
      if !source.isRegular {
        throw usageError("--write-evidence reads the packets twice, which is impossible with \(input); save it to a file.")
      }
    }
    if path == "-" { throw usageError("--write-evidence needs a file name: standard output is for the report.") }
  }

  /// Collects the packets that a report cites.
  ///
  /// - Parameter firstFile: index of the report's first file among all inputs.
  func cite(_ report: ReplayReport, firstFile: Int) {
    let devices = report.devices.filter { $0.mayBeCamera && $0.group == nil } + report.alerts.map(\.device)
    for device in devices {
      for evidence in device.evidence {
        let place = PacketReference(file: evidence.packet.file + UInt32(firstFile), number: evidence.packet.number)
        add(Self.comment(evidence), to: place)
        if evidence.isCorroborated { corroborated[place] = device.id }
      }
    }
  }

  private func add(_ comment: String, to place: PacketReference) {
    if comments[place]?.contains(comment) != true { comments[place, default: []].append(comment) }
  }

  /// `generic-rtsp-live-video (camera, strong): serves live video (H264) over RTSP`
  private static func comment(_ evidence: Evidence) -> String {
    let signature = evidence.signature
    let claim = [signature.says.rawValue, evidence.strength?.rawValue].compactMap { $0 }.joined(separator: ", ")
    let reason = evidence.reason.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
    return "\(signature.id) (\(claim)): \(reason)"
  }

  /// Writes the cited packets, sorted by time.
  func write() -> ExitStatus {
    citeExchanges()
    var packets = read()
    packets.sort { ($0.time, $0.reference.file, $0.reference.number) < ($1.time, $1.reference.file, $1.reference.number) }
    var interfaces: [Link: UInt32] = [:]
    for packet in packets {
      let link = Link(file: packet.reference.file, type: packet.linkType, interface: packet.interface)
      let interface =
        interfaces[link]
        ?? writer.addInterface(linkType: link.type, name: interfaceNames[link.interface], description: inputs[Int(link.file)])
      interfaces[link] = interface
      writer.write(
        bytes: packet.bytes, originalLength: packet.originalLength, time: packet.time, interface: interface,
        comment: comments[packet.reference, default: []].joined(separator: "\n"))
    }
    if let error = writer.close() {
      printError("lenscap: \(error)")
      return .ioError
    }
    guard packets.count == comments.count else {
      printError("lenscap: \(path): \(comments.count - packets.count) cited packets were not found again: a capture has changed meanwhile")
      return .ioError
    }
    printError("\(path): \(plural(packets.count, "packet of evidence", "packets of evidence") ?? "no packets, because none was cited")")
    return .nothingFound
  }

  /// Cites the first packet of each side of the conversations that corroborate evidence.
  private func citeExchanges() {
    let files = Set(corroborated.keys.map(\.file)).sorted()
    guard !files.isEmpty else { return }
    var exchanges = Exchanges(corroborated)
    let sequence = CaptureSequence(paths: files.map { inputs[Int($0)] }, interfaces: interfaceNames, jobs: jobs)
    try? sequence.run { (frame: borrowing Frame) throws(AllFound) in
      let place = PacketReference(file: files[Int(frame.reference.file)], number: frame.reference.number)
      exchanges.add(Detection.Packet(decoding: frame), at: place)
    }
    for place in exchanges.cited { add("corroboration: one side of a conversation in which both spoke", to: place) }
  }

  /// Reads the cited packets, stopping at the last one.
  private func read() -> [Packet] {
    let files = Set(comments.keys.map(\.file)).sorted()
    let sequence = CaptureSequence(paths: files.map { inputs[Int($0)] }, interfaces: interfaceNames, jobs: jobs)
    var found: [Packet] = []
    do throws(AllFound) {
      try sequence.run { (frame: borrowing Frame) throws(AllFound) in
        let place = PacketReference(file: files[Int(frame.reference.file)], number: frame.reference.number)
        guard comments[place] != nil else { return }
        found.append(
          Packet(
            reference: place, time: frame.time, linkType: frame.linkType, interface: frame.interface, originalLength: frame.originalLength,
            bytes: frame.bytes.withUnsafeBytes { Array($0) }))
        if found.count == comments.count { throw AllFound() }
      }
    } catch {}
    return found
  }
}

/// The identity of a file behind any of its names.
private struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64
  let isRegular: Bool

  init?(_ path: String) {
    guard let facts = FileFacts(path) else { return nil }
    (device, inode, isRegular) = (facts.device, facts.inode, facts.isRegular)
  }
}
