import Foundation
import WebDesk

/// What operators do with commands, beside a central that may run.
public enum CentralOperations {
  /// Makes a code for gateways of a site.
  ///
  /// - Parameter replaced: the gateway whose place the new one takes; nil for none.
  /// - Returns: the code, and what else was made.
  /// - Throws: `PostgresError`, `SchemaMismatch`, `RegistryError`.
  public static func addCode(
    tenant: String, site: String, count: Int, seconds: Int, replacing replaced: String? = nil, by who: String, database: String
  ) throws -> (code: String, made: [String]) {
    try registry(database) {
      try Registry.addCode(tenant: tenant, site: site, count: count, seconds: seconds, replacing: replaced, by: who, $0)
    }
  }

  public static func revoke(_ gateway: String, by who: String, database: String) throws {
    try registry(database) { try Registry.revoke(gateway, by: who, $0) }
  }

  /// - Returns: the id of the list.
  /// - Throws: `RegistryError` where there is no such site.
  public static func declare(_ list: DeclaredCameras, tenant: String, site: String, by who: String, database: String) throws -> String {
    try registry(database) { try Registry.declare(list, tenant: tenant, site: site, by: who, $0) }
  }

  /// - Returns: the id of the list.
  /// - Throws: `RegistryError` where there is no such site.
  public static func nameRooms(_ list: RoomRules, tenant: String, site: String, by who: String, database: String) throws -> String {
    try registry(database) { try Registry.nameRooms(list, tenant: tenant, site: site, by: who, $0) }
  }

  /// - Parameters:
  ///   - keyFile: the private key.
  ///   - soak: seconds that boxes of a stage must have it.
  /// - Throws: `CertificateProblem`, `RegistryError`.
  public static func release(
    _ release: NewRelease, keyFile: String, soak: Int, tenant: String, by who: String, database: String
  ) throws -> (id: String, number: Int64) {
    let key = try ReleaseKeyFile.read(keyFile)
    return try registry(database) { try Registry.add(release, key: key, soak: soak, tenant: tenant, by: who, $0) }
  }

  /// - Returns: rows for people, the newest release first.
  public static func releases(tenant: String?, database: String) throws -> [[String]] {
    try registry(database) { try Registry.releases(tenant: tenant, $0) }
  }

  public static func stopRelease(_ id: String, because reason: String, by who: String, database: String) throws {
    try registry(database) { try Registry.stopRelease(id, because: reason, by: who, $0) }
  }

  public static func resumeRelease(_ id: String, by who: String, database: String) throws {
    try registry(database) { try Registry.resumeRelease(id, by: who, $0) }
  }

  public static func advanceRelease(_ id: String, by who: String, database: String) throws -> Int64 {
    try registry(database) { try Registry.advanceRelease(id, by: who, $0) }
  }

  /// Asks a box for evidence.
  ///
  /// - Parameter gateway: needed where several have an alert of this id.
  /// - Returns: the id of the request.
  public static func askEvidence(_ alert: String, gateway: String?, by who: String, database: String) throws -> String {
    try Migrations.check(database)
    // The registry sees no alerts.
    let found = try PostgresConnection(database, role: CentralRole.ingest).transaction { connection in
      try EvidenceSubject.find(alert, gateway: gateway, connection)
    }
    guard let subject = found.first else { throw RegistryError.unknown("alert \(alert)") }
    guard found.count == 1 else { throw RegistryError.several("alert \(alert)", found.map(\.gateway)) }
    return try registry(database) { connection in
      do { return try Registry.askEvidence(subject, by: who, connection) } catch let problem as EvidenceProblem {
        throw RegistryError.unfit("\(problem)")
      }
    }
  }

  /// Nil if it is gone, because the alert is.
  public static func evidence(_ id: String, database: String) throws -> EvidenceRequest? {
    try registry(database) { try Registry.evidence(id, $0) }
  }

  /// The bytes of a pack that came.
  public static func evidenceFile(_ request: EvidenceRequest, by who: String, settings: CentralSettings, database: String) throws -> Data {
    let path = EvidenceFiles(state: settings.state).path(request.id)
    guard let data = FileManager.default.contents(atPath: path) else { throw CertificateProblem(path: path, reason: "cannot be read") }
    try registry(database) {
      try Registry.audit(
        "evidence-taken", tenant: request.tenant, site: request.site, gateway: request.gateway,
        detail: "\(request.id): alert \(request.alert)", by: who, $0)
    }
    return data
  }

  public static func acceptKey(_ fingerprint: String, of gateway: String, by who: String, database: String) throws {
    try registry(database) { try Registry.acceptKey(fingerprint, of: gateway, by: who, $0) }
  }

  /// - Returns: gateway, fingerprint, since when, and who accepted it.
  public static func evidenceKeys(database: String) throws -> [[String]] { try registry(database) { try Registry.evidenceKeys($0) } }

  /// - Returns: the secret.
  public static func addToken(
    _ name: String, tenant: String, scope: CentralScope, by who: String, database: String
  ) throws -> String {
    try registry(database) { try Registry.addToken(name, tenant: tenant, scope: scope, by: who, $0) }
  }

  public static func removeToken(_ name: String, tenant: String, by who: String, database: String) throws {
    try registry(database) { try Registry.removeToken(name, tenant: tenant, by: who, $0) }
  }

  /// - Returns: tenant, name, scope, when it was made and last used.
  public static func tokens(database: String) throws -> [[String]] { try registry(database) { try Registry.tokens($0) } }

  /// - Parameter tenant: nil for the people of all.
  public static func people(tenant: String?, database: String) throws -> [CentralPerson] {
    try registry(database) { try Registry.people(tenant: tenant, $0) }
  }

  /// - Returns: the path of the link by which the person chooses a password.
  /// - Throws: `AccountProblem` for a name that cannot be used, or is.
  public static func invite(
    _ name: String, tenant: String, role: DeskRole, by who: String, database: String
  ) throws -> String {
    "/invite/" + (try registry(database) { try Registry.invite(name, tenant: tenant, role: role, by: who, $0) })
  }

  /// Ends a password and all sessions.
  ///
  /// - Returns: the same.
  public static func reset(_ name: String, tenant: String, by who: String, database: String) throws -> String {
    "/invite/" + (try registry(database) { try Registry.reset(name, tenant: tenant, by: who, $0) })
  }

  public static func removePerson(_ name: String, tenant: String, by who: String, database: String) throws {
    try registry(database) { try Registry.removePerson(name, tenant: tenant, by: who, $0) }
  }

  /// Writes what mosquitto needs to a folder: its certificate, the CA, the access list and a configuration.
  ///
  /// - Parameter name: the host name or address by which gateways reach the broker.
  /// - Returns: the path of the configuration.
  /// - Throws: `CertificateProblem`.
  public static func writeBrokerFiles(name: String, folder: String, settings: CentralSettings) throws -> String {
    let authority = try CertificateAuthority(folder: settings.state)
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw CertificateProblem(path: folder, reason: "cannot be made")
    }
    var names = [name, settings.broker.host, "localhost", "127.0.0.1"]
    names = names.indices.filter { names[..<$0].contains(names[$0]) == false }.map { names[$0] }
    _ = try authority.own("broker", in: folder, .server(names: names))
    try PrivateFile.write(authority.pem + "\n", to: folder + "/ca.pem", mode: 0o644)
    let list = settings.state + "/crl.pem"
    if !PrivateFile.exists(list) { try PrivateFile.write(try authority.revocationList([]), to: list, mode: 0o644) }
    try PrivateFile.write(MosquittoFiles.accessList(central: settings.broker.client), to: folder + "/acl", mode: 0o644)
    let path = folder + "/mosquitto.conf"
    try PrivateFile.write(
      MosquittoFiles.configuration(folder: folder, revocationList: list, port: settings.broker.publicPort ?? settings.broker.port),
      to: path,
      mode: 0o644)
    return path
  }

  private static func registry<Value>(_ database: String, _ body: (PostgresConnection) throws -> Value) throws -> Value {
    try Migrations.check(database)
    return try PostgresConnection(database, role: CentralRole.registry).transaction(body)
  }
}

/// The configuration of mosquitto for a chain, and who may do what there.
enum MosquittoFiles {
  static func accessList(central: String) -> String {
    """
    # A gateway is the name in its certificate (%u). Which tenant and site it is of, central takes from its registry.
    pattern write lenscap/1/+/+/%u/up/#
    pattern read lenscap/1/+/+/%u/down/#

    user \(central)
    topic read lenscap/1/+/+/+/up/#
    topic write lenscap/1/+/+/+/down/#

    """
  }

  static func configuration(folder: String, revocationList: String, port: Int) -> String {
    """
    # Gateways and central sign in with a certificate of central's CA.
    listener \(port)
    cafile \(folder)/ca.pem
    certfile \(folder)/broker.pem
    keyfile \(folder)/broker.key
    # Central writes it anew when a gateway is revoked; mosquitto reads it at SIGHUP.
    crlfile \(revocationList)
    require_certificate true
    use_identity_as_username true
    acl_file \(folder)/acl
    allow_anonymous false
    max_connections -1

    # What central has not taken yet. Boxes keep it as well, so nothing is lost beyond these; it only comes later.
    max_queued_messages 200000
    max_queued_bytes 536870912
    max_inflight_messages 1000
    # Longer messages than central reads.
    message_size_limit 262144
    persistent_client_expiration 14d

    """
  }
}
