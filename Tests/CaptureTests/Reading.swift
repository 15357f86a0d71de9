import Detection

@testable import Capture

/// The result of reading a file: all packets, and the error at the end, if any.
struct Reading {
  var packets: [Sample] = []
  var numbers: [UInt64] = []
  var error: CaptureError?

  init(path: String, limits: DecompressionLimits = DecompressionLimits()) {
    do throws(CaptureError) {
      let file = try CaptureFile(source: ByteSource(path: path, limits: limits), index: 3)
      do throws(CaptureError) {
        while try file.advance() { take(file) }
      } catch {
        self.error = error
        let again = try file.advance()
        precondition(!again, "a file that failed must have ended")
      }
      precondition(file.packets == packets.count)
      precondition(file.capturedBytes == packets.reduce(0) { $0 + $1.bytes.count })
      precondition(file.truncatedPackets == packets.count { $0.bytes.count < $0.originalLength })
    } catch {
      self.error = error
    }
  }

  init(_ bytes: [UInt8], limits: DecompressionLimits = DecompressionLimits()) throws {
    let file = try TemporaryFile(bytes)
    self.init(path: file.path, limits: limits)
  }

  private mutating func take(_ file: CaptureFile) {
    file.withFrame { frame in
      precondition(frame.reference.file == 3 && frame.time == file.time)
      let bytes = frame.bytes.withUnsafeBytes { [UInt8]($0) }
      packets.append(
        Sample(
          UInt64(bitPattern: frame.time.nanoseconds), bytes, original: frame.originalLength, linkType: frame.linkType.rawValue))
      numbers.append(frame.reference.number)
    }
  }
}
