import ArgumentParser
import Central
import Foundation
import Releases
import SignatureFiles
import WebDesk

@main
struct LenscapCentral: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lenscap-central",
    abstract: "One place for the alerts of many properties.",
    discussion: """
      Takes what gateways send over an MQTT broker, stores it in PostgreSQL, and shows it on a page and in an API. Its database is what \
      LENSCAP_CENTRAL_DSN says, as libpq takes it: "host=/run/postgresql dbname=lenscap".

      Exit status: 0 done, 64 wrong usage, 65 wrong configuration, 69 the database is not there, 74 I/O error.
      """,
    version: "0.1.0",
    subcommands: [
      Serve.self, Migrate.self, Enroll.self, Revoke.self, Declare.self, Rooms.self, Release.self, Evidence.self,
      Tokens.self, Users.self, Broker.self, Repository.self,
    ])
}

/// Exit statuses, after sysexits.h.
enum ExitStatus {
  static let configuration = ExitCode(65)
  static let unavailable = ExitCode(69)
  static let ioError = ExitCode(74)
  static let later = ExitCode(75)
}

func printError(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// Where the database is; empty for libpq's own variables and defaults.
var databaseAddress: String { ProcessInfo.processInfo.environment["LENSCAP_CENTRAL_DSN"] ?? "" }

/// Who runs the command, for the audit log.
var operatorName: String {
  let environment = ProcessInfo.processInfo.environment
  return "operator \(environment["SUDO_USER"] ?? environment["USER"] ?? "root")"
}

/// Runs a command, and ends with the status that an error has.
func withErrors(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as ExitCode {
    throw error
  } catch {
    printError("lenscap-central: \(error)")
    switch error {
    case is PostgresError, is SchemaMismatch: throw ExitStatus.unavailable
    case is RegistryError, is AccountProblem: throw ExitCode(64)
    case is CentralSettingsError, is CertificateProblem, is SignatureError, is ReleaseProblem: throw ExitStatus.configuration
    default: throw ExitStatus.ioError
    }
  }
}

struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring the database up to date.",
    discussion: """
      Makes what is missing of schema and roles; does nothing if all is there. The user of LENSCAP_CENTRAL_DSN owns the database and \
      may create \
      roles (CREATEROLE). Two at once wait for each other.
      """)

  func run() throws {
    try withErrors {
      let applied = try Migrations.apply(databaseAddress)
      print(applied.isEmpty ? "up to date" : "applied \(applied.map { "\($0)" }.joined(separator: ", "))")
    }
  }
}
