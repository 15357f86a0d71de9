import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import SwiftASN1
import X509

/// Who this box is in the chain: what its certificate says, and what central said when it was enrolled.
///
/// `lenscap enroll` writes the second into a file beside the certificate: `gateway.json` for `gateway.pem`. Without that file, as with a
/// certificate made by hand, the certificate's subject counts: CN is the gateway, O the tenant, OU the site.
public struct GatewayIdentity: Sendable, Equatable {
  private static let fileLimit = 256 << 10

  public let address: GatewayAddress
  /// `https://…` of central; nil if that is not known.
  public let central: String?
  let validFrom: Timestamp
  let validUntil: Timestamp

  /// - Throws: `IdentityProblem`.
  public init(_ settings: UplinkSettings) throws {
    let bytes = try Self.bytes(settings.certificate)
    guard let certificate = try? Certificate(pemEncoded: String(decoding: bytes, as: UTF8.self)) else {
      throw IdentityProblem(path: settings.certificate, reason: "is no certificate in PEM")
    }
    (validFrom, validUntil) = (Timestamp(certificate.notValidBefore), Timestamp(certificate.notValidAfter))
    guard unsafe access(settings.key, R_OK) == 0 else {
      throw IdentityProblem(path: settings.key, reason: unsafe "cannot be read: \(String(cString: strerror(errno)))")
    }
    let record = Self.recordPath(of: settings.certificate)
    var central: String?
    var (tenant, site) = (Self.text("2.5.4.10", of: certificate), Self.text("2.5.4.11", of: certificate))
    var gateway = Self.text("2.5.4.3", of: certificate)
    if unsafe access(record, F_OK) == 0 {
      let known: GatewayRecord
      do { known = try JSONDecoder().decode(GatewayRecord.self, from: Data(try Self.bytes(record))) } catch let problem as IdentityProblem {
        throw problem
      } catch { throw IdentityProblem(path: record, reason: "is not what `lenscap enroll` wrote") }
      // A certificate that was put there by hand decides who it is for; the record says where that is.
      guard gateway == nil || gateway == known.gateway else {
        throw IdentityProblem(path: record, reason: "is about another gateway than \(settings.certificate)")
      }
      (gateway, tenant, site, central) = (known.gateway, known.tenant, known.site, known.central)
    }
    do throws(ChainError) {
      address = try GatewayAddress(tenant: tenant ?? "", site: site ?? "", gateway: gateway ?? "")
    } catch { throw IdentityProblem(path: settings.certificate, reason: "names no gateway of a chain: \(error)") }
    self.central = central
  }

  /// When to ask for another certificate: two thirds of its life have passed.
  var renewal: Timestamp {
    validFrom + .nanoseconds(max(0, validUntil.nanoseconds - validFrom.nanoseconds) / 3 * 2)
  }

  static func recordPath(of certificate: String) -> String {
    let name = certificate[(certificate.lastIndex(of: "/").map(certificate.index(after:)) ?? certificate.startIndex)...]
    let ending = name.lastIndex(of: ".").map { certificate.distance(from: $0, to: certificate.endIndex) } ?? 0
    return certificate.dropLast(ending) + ".json"
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: fileLimit) else {
      throw IdentityProblem(path: path, reason: unsafe "cannot be read: \(String(cString: strerror(errno)))")
    }
    return Array(data)
  }

  private static func text(_ type: String, of certificate: Certificate) -> String? {
    for attribute in certificate.subject.flatMap({ $0 }) where attribute.type.description == type {
      return String(describing: attribute.value)
    }
    return nil
  }
}

/// What `lenscap enroll` keeps of central's answer.
struct GatewayRecord: Codable, Equatable {
  var gateway: String
  var tenant: String
  var site: String
  var central: String?
}

/// Why the box cannot show who it is.
public struct IdentityProblem: Error, Equatable, CustomStringConvertible {
  let path: String
  let reason: String
  public var description: String { "\(path): \(reason)" }
}
