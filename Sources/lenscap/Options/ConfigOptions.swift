import ArgumentParser
import ConfigurationFiles
import Foundation

/// The configuration that a command uses.
struct ConfigOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration. (default: the variable \(Configuration.variable), or \(Configuration.standardPath) if it exists)",
      valueName: "file"))
  var config: String?

  /// Reads the configuration, and from then on takes the property's time zone for the local one. If something is wrong, prints it and ends
  /// the program.
  func load() throws -> Configuration {
    let configuration = try withConfigurationErrors { () throws(ConfigurationError) in try Configuration.find(config) }
    configuration.settings.property.useTimeZone()
    return configuration
  }

  /// The configuration with the secrets of its sinks, for what delivers. If something is wrong, prints it and ends the program.
  func loadWithSecrets() throws -> Configuration {
    var configuration = try load()
    do throws(SecretError) {
      try configuration.settings.loadSecrets()
    } catch {
      for problem in error.problems { printError("\(configuration.problem(problem))") }
      throw (error.problems.allSatisfy { $0.kind == .permission } ? ExitStatus.noPermission : .unreadableInput).code
    }
    return configuration
  }
}

/// Reads configuration, and ends the program with all problems if it is wrong.
func withConfigurationErrors<Result>(_ body: () throws(ConfigurationError) -> Result) throws -> Result {
  do throws(ConfigurationError) {
    return try body()
  } catch {
    printError("\(error)")
    throw ExitStatus(for: error).code
  }
}

extension PropertySettings {
  /// Makes the property's time zone the local one of this process. Call it before there are threads: they may be reading the environment.
  func useTimeZone() {
    guard let timeZone else { return }
    unsafe setenv("TZ", timeZone, 1)
    tzset()
  }
}

/// A variable of the environment; nil if it is empty.
func environmentVariable(_ name: String) -> String? {
  ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
}
