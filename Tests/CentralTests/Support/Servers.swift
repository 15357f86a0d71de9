import Foundation
import Synchronization
import Testing

@testable import Central

/// PostgreSQL and a broker for the tests of one run, in a folder of their own; they end with the process.
final class Servers: Sendable {
  static let shared = Result { try Servers() }

  let admin: String
  let brokerPort: Int
  let folder: String
  private let input: FileHandle
  private let output: FileHandle
  private let number = Mutex(0)

  private init() throws {
    let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fleet/servers.py").standardized
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [program.path]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    self.input = input.fileHandleForWriting
    self.output = output.fileHandleForReading
    struct Answer: Decodable {
      let admin: String
      let broker: Int
      let folder: String
    }
    let answer = try JSONDecoder().decode(Answer.self, from: try Self.line(output.fileHandleForReading))
    (admin, brokerPort, folder) = (answer.admin, answer.broker, answer.folder)
  }

  /// An empty database, owned by a user who is no superuser.
  func database() throws -> String {
    let count = number.withLock { number in
      number += 1
      return number
    }
    let name = "test\(count)"
    let connection = try PostgresConnection(admin)
    try connection.run("CREATE DATABASE \(name) OWNER central")
    return admin.replacing("user=lenscap dbname=postgres", with: "user=central dbname=\(name)")
  }

  /// A database with the schema, and partitions for today.
  func migrated() throws -> String {
    let address = try database()
    _ = try Migrations.apply(address)
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    try connection.run("SELECT keep_partitions((now() AT TIME ZONE 'UTC')::date, 3, 30)")
    return address
  }

  private static func line(_ handle: FileHandle) throws -> Data {
    var line = Data()
    while let byte = try handle.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
    return line
  }
}

/// A gateway of the registry, with a code that was used.
func enrolled(tenant: String, site: String, _ address: String) throws -> Registry.Gateway {
  let connection = try PostgresConnection(address, role: CentralRole.registry)
  return try connection.transaction { connection in
    let code = try Registry.addCode(tenant: tenant, site: site, by: "test", connection).code
    return try Registry.enrol(code: code, key: UUID().uuidString, connection)
  }
}

/// What a box sends for an event.
func eventMessage(
  _ gateway: Registry.Gateway, epoch: String = "e1", _ seq: Int, prev: Int, alert: String = "A-1", event: String = "raised",
  device: String? = "aa:bb:cc:00:00:01", extra: String = ""
) -> BrokerMessage {
  let device = device.map { "\"\($0)\"" } ?? "null"
  let document = """
    {"id":"\(alert)","kind":"camera","severity":"high","time":"2026-11-24T08:15:30.123456Z","device":\(device),"verdict":"camera",\
    "summary":"Camera in Room 305","event":"\(event)","subject":{"id":\(device),"maker":"Axis"}\(extra)}
    """
  return BrokerMessage(
    topic: "lenscap/1/\(gateway.tenant)/\(gateway.site)/\(gateway.id)/up/event",
    payload: Data(#"{"epoch":"\#(epoch)","seq":\#(seq),"prev":\#(prev),"uid":"\#(epoch)-\#(seq)","data":\#(document)}"#.utf8),
    isRetained: false)
}

func message(_ gateway: Registry.Gateway, _ kind: String, _ payload: String, isRetained: Bool = false) -> BrokerMessage {
  BrokerMessage(
    topic: "lenscap/1/\(gateway.tenant)/\(gateway.site)/\(gateway.id)/up/\(kind)", payload: Data(payload.utf8), isRetained: isRetained)
}
