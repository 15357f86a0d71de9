import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Services
import WebDesk

/// `/debian/…`: the folder of a Debian repository, as apt reads it. Without a token: what is in it is signed.
///
/// Hummingbird's middleware for files follows symbolic links, and answers a range that begins beyond the end with a negative length.
struct RepositoryRoutes: Sendable {
  private static let chunk = 128 << 10
  private static let deepest = 12
  private static let longestName = 255

  let folder: String

  func add(to router: Router<CentralContext>) {
    router.get("debian/**") { request, _ in try await answer(request) }
    router.head("debian/**") { request, _ in try await answer(request) }
  }

  private func answer(_ request: Request) async throws -> Response {
    guard let names = Self.names(request), let file = try? RegularFile(in: folder, names) else { throw WebError.notFound }
    let modified = Date(timeIntervalSince1970: TimeInterval(file.modified))
    var headers: HTTPFields = [.acceptRanges: "bytes", .lastModified: Self.text(modified), .contentType: "application/octet-stream"]
    if let text = request.headers[.ifModifiedSince], let since = Self.time(text), modified <= since {
      return Response(status: .notModified, headers: headers)
    }
    var range = 0..<file.size
    var status = HTTPResponse.Status.ok
    // A range of another file than the one that the client has begun is no use to it.
    if let text = request.headers[.range], request.headers[.ifRange].map({ $0 == Self.text(modified) }) ?? true,
      let wanted = Self.range(text)
    {
      range = wanted.clamped(to: range)
      guard !range.isEmpty else {
        headers[.contentRange] = "bytes */\(file.size)"
        return Response(status: .rangeNotSatisfiable, headers: headers)
      }
      status = .partialContent
      headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
    }
    headers[.contentLength] = "\(range.count)"
    return Response(status: status, headers: headers, body: request.method == .head ? .init() : Self.body(of: file, range))
  }

  /// Nil for what no file of a repository is named.
  static func names(_ request: Request) -> [String]? {
    let parts = request.components.dropFirst()
    guard (1...deepest).contains(parts.count) else { return nil }
    var names: [String] = []
    for part in parts {
      // Names with a dot in front are drafts.
      guard let name = String(part).removingPercentEncoding, (1...longestName).contains(name.utf8.count), !name.hasPrefix("."),
        name.utf8.allSatisfy({ isLetterOrDigit($0) || "._+~-".utf8.contains($0) })
      else { return nil }
      names.append(name)
    }
    return names
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  /// `bytes=5-9`, `bytes=5-`. Nil for all else: then the whole file is the answer (RFC 9110, 14.2).
  static func range(_ header: String) -> Range<Int>? {
    guard let match = header.wholeMatch(of: /bytes=([0-9]{1,15})-([0-9]{0,15})/), let first = Int(match.1) else { return nil }
    guard !match.2.isEmpty else { return first..<Int.max }
    guard let last = Int(match.2), last >= first else { return nil }
    return first..<last + 1
  }

  private static func body(of file: RegularFile, _ range: Range<Int>) -> ResponseBody {
    ResponseBody(contentLength: range.count) { writer in
      var place = range.lowerBound
      while place < range.upperBound {
        let (start, count) = (place, min(chunk, range.upperBound - place))
        let bytes = try await NIOThreadPool.singleton.runIfActive { try file.read(at: start, count: count) }
        // Somebody cut it meanwhile: the connection ends, and the client sees that something is missing.
        guard !bytes.isEmpty else { throw SystemError(reason: "the file became shorter") }
        try await writer.write(ByteBuffer(bytes: bytes))
        place += bytes.count
      }
      try await writer.finish(nil)
    }
  }

  // MARK: Times (RFC 9110, 5.6.7)

  private static let format = Date.VerbatimFormatStyle(
    format: """
      \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
      \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
      """,
    locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))

  static func text(_ date: Date) -> String { date.formatted(format) }
  static func time(_ text: String) -> Date? { try? format.parseStrategy.parse(text) }
}
