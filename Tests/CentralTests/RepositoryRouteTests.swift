import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Central

/// `/debian/…` through every middleware, without a token, and without a database: nothing of it needs one.
@Suite final class RepositoryRouteTests {
  private let root = FileManager.default.temporaryDirectory.appending(path: "repository-\(UUID().uuidString)").path
  private var folder: String { root + "/debian" }
  private let content = Data((0..<400_000).map { UInt8(truncatingIfNeeded: $0 / 251) })
  private let responder: RouterResponder<CentralContext>

  init() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: root + "/debian/pool/main", withIntermediateDirectories: true)
    try files.createDirectory(atPath: root + "/outside", withIntermediateDirectories: true)
    try Data("secret".utf8).write(to: URL(filePath: root + "/outside/key"))
    try content.write(to: URL(filePath: root + "/debian/pool/main/a_1.0+b~1_amd64.deb"))
    try Data("draft".utf8).write(to: URL(filePath: root + "/debian/.draft-0.deb"))
    try files.createSymbolicLink(atPath: root + "/debian/link", withDestinationPath: "../outside/key")
    try files.createSymbolicLink(atPath: root + "/debian/folder", withDestinationPath: root + "/outside")
    try #require(mkfifo(root + "/debian/pipe", 0o644) == 0)
    let pool = PostgresPool("host=/nonexistent", role: CentralRole.registry, connections: 1)
    let authority = try CertificateAuthority(folder: root)
    responder = CentralService.router(
      registry: pool, reader: pool, clerk: pool, events: CentralEvents(reader: pool),
      gateways: GatewayRoutes(registry: pool, authority: authority, broker: BrokerSettings(), url: { "https://central.example" }),
      repository: root + "/debian", figures: { Consumer.Figures() }, remark: { _ in }
    ).buildResponder()
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  private static let package = "/debian/pool/main/a_1.0%2Bb%7e1_amd64.deb"

  private func ask(
    _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:]
  ) async throws -> (status: Int, headers: HTTPFields, body: Data) {
    let head = HTTPRequest(method: method, scheme: "https", authority: "central.example", path: path, headerFields: headers)
    let context = CentralContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    let response = try await responder.respond(to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
    let collected = Collected()
    try await response.body.write(Writer(collected: collected))
    return (response.status.code, response.headers, collected.data.withLock { $0 })
  }

  private final class Collected: Sendable { let data = Mutex(Data()) }

  private struct Writer: ResponseBodyWriter {
    let collected: Collected
    mutating func write(_ buffer: ByteBuffer) async throws { collected.data.withLock { $0 += buffer.readableBytesView } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }

  @Test func aFileIsForEverybody() async throws {
    let answer = try await ask(.get, Self.package)
    #expect(answer.status == 200 && answer.body == content)
    #expect(answer.headers[.contentLength] == "\(content.count)" && answer.headers[.acceptRanges] == "bytes")
    let head = try await ask(.head, Self.package)
    #expect(head.status == 200 && head.body.isEmpty && head.headers[.contentLength] == "\(content.count)")
  }

  @Test(arguments: [
    "/debian/../outside/key", "/debian/%2e%2e/outside/key", "/debian/pool/..%2f..%2foutside%2fkey", "/debian/link", "/debian/folder/key",
    "/debian/pipe", "/debian/pool", "/debian/", "/debian", "/debian/.draft-0.deb", "/debian/pool/main/missing.deb", "/debian/pool/main%00",
    "/debian/%ff", "/debian/a/b/c/d/e/f/g/h/i/j/k/l/m/n",
  ]) func nothingElseIs(path: String) async throws {
    for method in [HTTPRequest.Method.get, .head] {
      let answer = try await ask(method, path)
      #expect(answer.status == 404 && !answer.body.contains(Data("secret".utf8)), "\(path): \(answer.status)")
    }
  }

  @Test(arguments: [HTTPRequest.Method.put, .post, .delete]) func nothingIsWritten(method: HTTPRequest.Method) async throws {
    #expect(try await ask(method, Self.package).status == 404)
  }

  @Test(arguments: [("bytes=0-9", 0..<10), ("bytes=399990-", 399_990..<400_000), ("bytes=399999-500000", 399_999..<400_000)])
  func whatIsMissingOfADownloadIsSent(header: String, range: Range<Int>) async throws {
    let answer = try await ask(.get, Self.package, [.range: header])
    #expect(answer.status == 206 && answer.body == content[range])
    #expect(answer.headers[.contentRange] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/400000")
    #expect(answer.headers[.contentLength] == "\(range.count)")
  }

  @Test func aRangeBeyondTheEndIsNone() async throws {
    let answer = try await ask(.get, Self.package, [.range: "bytes=400000-"])
    #expect(answer.status == 416 && answer.headers[.contentRange] == "bytes */400000" && answer.body.isEmpty)
  }

  @Test(arguments: ["bytes=-5", "bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=99999999999999999999-"])
  func otherRangesAreIgnored(header: String) async throws {
    #expect(try await ask(.get, Self.package, [.range: header]).status == 200)
  }

  @Test func whatIsUnchangedIsNotSent() async throws {
    let changed = try #require(try await ask(.get, Self.package).headers[.lastModified])
    #expect(try await ask(.get, Self.package, [.ifModifiedSince: changed]).status == 304)
    #expect(try await ask(.get, Self.package, [.ifModifiedSince: "Thu, 01 Jan 1998 00:00:00 GMT"]).status == 200)
    #expect(try await ask(.get, Self.package, [.ifModifiedSince: "yesterday"]).status == 200)
    #expect(try await ask(.get, Self.package, [.range: "bytes=5-", .ifRange: changed]).status == 206)
    #expect(try await ask(.get, Self.package, [.range: "bytes=5-", .ifRange: "Thu, 01 Jan 1998 00:00:00 GMT"]).status == 200)
  }
}
