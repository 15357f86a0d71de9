/// What a connection may see. The migrations make these roles; none of them may pass by row-level security.
enum CentralRole {
  /// Stores what gateways send, of all tenants.
  static let ingest = "lenscap_ingest"
  /// Knows all tenants' gateways, codes and tokens. Answers for no list.
  static let registry = "lenscap_registry"
  /// Reads for the API and the page: of one tenant, or nothing.
  static let reader = "lenscap_reader"
  /// Writes down what people do about cases of one tenant.
  static let clerk = "lenscap_clerk"
}

/// Numbers of advisory locks, the same for all processes of one database.
enum AdvisoryLock {
  static let migration: Int64 = 0x6C65_6E73_0001
  /// Whoever holds it is the one that consumes.
  static let active: Int64 = 0x6C65_6E73_0002
  /// With the name of a case: who does something about it.
  static let cases: Int64 = 0x6C65_6E73_0003
  /// Whoever holds it looks after releases.
  static let staging: Int64 = 0x6C65_6E73_0004
}
