import Detection

@testable import Capture

/// The result of reading a file: all packets, and the error at the end, if any. Every file is read twice, on one thread and ahead on a
/// second one, which must give the same.
struct Reading: Equatable {
  var packets: [Sample] = []
  var numbers: [UInt64] = []
  /// The names of the packets' interfaces.
  var interfaces: [String] = []
  var linkTypes: [UInt16] = []
  var firstSeen: Timestamp?
  var lastSeen: Timestamp?
  var error: CaptureError?

  init(path: String, limits: DecompressionLimits = DecompressionLimits()) {
    self.init(path: path, limits: limits, threads: nil)
    let ahead = Reading(path: path, limits: limits, threads: ReaderThreads(limit: 1, threshold: 0))
    precondition(self == ahead, "a second thread changes what is read")
  }

  private init(path: String, limits: DecompressionLimits, threads: ReaderThreads?) {
    do throws(CaptureError) {
      let names = CaptureInterfaces()
      let file = try CaptureFile(source: ByteSource(path: path, limits: limits), index: 3, interfaces: names, threads: threads)
      do throws(CaptureError) {
        while try file.advance() { take(file, names) }
      } catch {
        self.error = error
        let again = try file.advance()
        precondition(!again, "a file that failed must have ended")
      }
      precondition(file.packets == packets.count)
      precondition(file.capturedBytes == packets.reduce(0) { $0 + $1.bytes.count })
      precondition(file.truncatedPackets == packets.count { $0.bytes.count < $0.originalLength })
      linkTypes = file.linkTypes.map(\.rawValue)
      (firstSeen, lastSeen) = (file.firstSeen, file.lastSeen)
    } catch {
      self.error = error
    }
  }

  init(_ bytes: [UInt8], limits: DecompressionLimits = DecompressionLimits()) throws {
    let file = try TemporaryFile(bytes)
    self.init(path: file.path, limits: limits)
  }

  private mutating func take(_ file: CaptureFile, _ names: CaptureInterfaces) {
    file.withFrame { frame in
      precondition(frame.reference.file == 3 && frame.time == file.time)
      let bytes = frame.bytes.withUnsafeBytes { [UInt8]($0) }
      packets.append(
        Sample(
          UInt64(bitPattern: frame.time.nanoseconds), bytes, original: frame.originalLength, linkType: frame.linkType.rawValue))
      numbers.append(frame.reference.number)
      interfaces.append(names[frame.interface])
    }
  }
}
