/// Where packages come from: the chain's repository alone.
struct PackageSource: Equatable {
  /// `https://…`.
  let address: String
  /// The public half of the GPG key that the repository is signed with.
  let key: [UInt8]
  let isArmoured: Bool
  /// PEM; nil for those of the system.
  let authorities: String?
}

/// One line of what a package manager would do.
struct PackageChange: Equatable {
  enum Action: String { case install, remove, configure }

  let action: Action
  let name: String
  /// Nil for one that is removed.
  let version: String?

  init(_ action: Action, _ name: String, version: String? = nil) { (self.action, self.name, self.version) = (action, name, version) }
}

/// What an upgrade needs of apt and dpkg.
protocol PackageManager {
  /// Ends what was interrupted in the middle of the package lenscap.
  func mend() throws(UpgradeRefusal)
  /// The version of the package lenscap; nil if it is not installed.
  func installed() throws(UpgradeRefusal) -> String?
  func isHigher(_ version: String, than other: String) throws(UpgradeRefusal) -> Bool
  /// Reads the lists of a source, and forgets all others.
  func look(at source: PackageSource) throws(UpgradeRefusal)
  /// What would be done.
  ///
  /// - Parameter package: a file, or `name=version`.
  func changes(installing package: String) throws(UpgradeRefusal) -> [PackageChange]
  /// - Returns: the path of the file.
  func fetch(_ package: String) throws(UpgradeRefusal) -> String
  /// - Returns: hexadecimal digits.
  func sha256(of file: String) throws(UpgradeRefusal) -> String
  func install(_ file: String) throws(UpgradeRefusal)
  func clean()
}
