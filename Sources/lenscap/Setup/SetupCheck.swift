import ConfigurationFiles

extension ConfigurationCheck {
  /// What is wrong with a file; nil if nothing is.
  static func problem(in path: String) -> String? {
    do throws(ConfigurationError) {
      var check = ConfigurationCheck()
      check.check(try Configuration.read(path))
      return check.problems.first.map { "\($0)" }
    } catch {
      return "\(error)"
    }
  }
}
