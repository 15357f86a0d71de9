import Foundation
import Glibc
import YAMLReading

/// Why a sink's secret cannot be used. Never contains the secret.
public struct SecretProblem: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Others may read the file, or this process may not.
    case permission
    /// The variable is not in this process's environment.
    case notInEnvironment
    case wrong
  }

  public let sink: String
  /// The key that names the secret: `secret_file` or `secret_env`.
  public let key: String
  public let kind: Kind
  public let message: String

  public var description: String { "sinks.\(sink).\(key): \(message)" }
}

public struct SecretError: Error, Equatable, Sendable, CustomStringConvertible {
  public let problems: [SecretProblem]
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension Settings {
  /// The group whose members may read secret files.
  public static let secretGroup = "lenscap-serve"
  static let largestSecret = 65_536
  /// Rotated keys are few.
  static let mostSecrets = 16

  /// Reads the secrets of all sinks from files and the environment, each line one secret.
  ///
  /// - Throws: all problems; the secrets that have none are loaded all the same.
  public mutating func loadSecrets(environment: [String: String] = ProcessInfo.processInfo.environment) throws(SecretError) {
    var problems: [SecretProblem] = []
    for index in sinks.indices {
      do throws(SecretProblem) {
        sinks[index].secrets = try sinks[index].readSecrets(environment)
      } catch {
        problems.append(error)
      }
    }
    if !problems.isEmpty { throw SecretError(problems: problems) }
  }
}

extension SinkSettings {
  fileprivate func readSecrets(_ environment: [String: String]) throws(SecretProblem) -> [String] {
    if let path = secretFile { return try secrets(in: try read(path), key: "secret_file") }
    guard let variable = secretEnvironment else { return [] }
    guard let text = environment[variable] else {
      throw problem("secret_env", .notInEnvironment, "the variable \(variable) is not set, expected it in the environment of lenscap serve")
    }
    return try secrets(in: Array(text.utf8), key: "secret_env")
  }

  private func problem(_ key: String, _ kind: SecretProblem.Kind, _ message: String) -> SecretProblem {
    SecretProblem(sink: name, key: key, kind: kind, message: message)
  }

  private func read(_ path: String) throws(SecretProblem) -> [UInt8] {
    let file: TextFile
    do throws(TextFile.Failure) {
      file = try TextFile(path: path, limit: Settings.largestSecret)
    } catch {
      throw problem("secret_file", error == .noPermission ? .permission : .wrong, "\(path): \(error)")
    }
    guard file.mode & 0o007 == 0 else {
      throw problem("secret_file", .permission, "others may read or change \(path), expected mode 0640 or 0600")
    }
    let group = unsafe getgrgid(file.group).map { unsafe String(cString: $0.pointee.gr_name) }
    guard file.mode & 0o070 == 0 || group == Settings.secretGroup else {
      throw problem(
        "secret_file", .permission,
        "the group \(group ?? "\(file.group)") may read \(path), expected the group \(Settings.secretGroup), or mode 0600")
    }
    return file.bytes
  }

  private func secrets(in bytes: [UInt8], key: String) throws(SecretProblem) -> [String] {
    guard let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && !"\r\n\t".unicodeScalars.contains($0) })
    else { throw problem(key, .wrong, "the secret is not text") }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard !lines.isEmpty else { throw problem(key, .wrong, "the secret is empty, expected one secret a line") }
    guard lines.count <= Settings.mostSecrets else {
      throw problem(key, .wrong, "there are \(lines.count) lines, expected at most \(Settings.mostSecrets) secrets, one a line")
    }
    if kind == .webhook, !lines.allSatisfy(Self.isWebhookSecret) {
      throw problem(key, .wrong, "the secret is not usable, expected whsec_ and base64 in each line")
    }
    return lines
  }

  /// Standard Webhooks, section "Signature scheme": `whsec_` and base64.
  private static func isWebhookSecret(_ text: String) -> Bool {
    text.hasPrefix("whsec_") && Data(base64Encoded: String(text.dropFirst("whsec_".count))).map { !$0.isEmpty } == true
  }
}
