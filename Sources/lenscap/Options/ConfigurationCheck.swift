import Capture
import ConfigurationFiles
import Foundation
import Releases
import Sinks
import YAMLReading

/// Everything about a configuration that only the files and programs it names can tell.
struct ConfigurationCheck {
  private(set) var problems: [FileProblem] = []
  private(set) var notes: [FileProblem] = []
  private var isForbidden = false
  private var isWrong = false

  /// Nil if all is well.
  var status: ExitStatus? { isWrong ? .unreadableInput : isForbidden ? .noPermission : nil }

  mutating func check(_ configuration: Configuration) {
    checkSecrets(configuration)
    checkAuthorities(configuration)
    checkSinks(configuration)
    checkReleaseKey(configuration)
    let watch = configuration.settings.watch
    if let filter = watch.filter {
      do { try LinkFilters.check(filter) } catch { wrong(configuration.problem("\(error)", key: "filter")) }
    }
    var lists = configuration.settings
    do throws(ConfigurationError) { try lists.loadLists() } catch { add(error, configuration) }
    if watch.signatures != nil {
      do throws(ConfigurationError) { _ = try watch.loadSignatures() } catch { add(error, configuration) }
    }
  }

  private mutating func wrong(_ problem: FileProblem) {
    problems.append(problem)
    isWrong = true
  }

  private mutating func add(_ error: ConfigurationError, _ configuration: Configuration) {
    problems += error.problems.map { problem in
      guard problem.line == 0, let key = configuration.settings.key(naming: problem.file) else { return problem }
      return configuration.problem("\(problem.file): \(problem.message)", key: key)
    }
    if error.kind == .noPermission { isForbidden = true } else { isWrong = true }
  }

  private mutating func checkSecrets(_ configuration: Configuration) {
    var settings = configuration.settings
    do throws(SecretError) {
      try settings.loadSecrets()
    } catch {
      for problem in error.problems {
        let place = configuration.problem(problem)
        switch problem.kind {
        // The environment of the service is not that of whoever checks.
        case .notInEnvironment: notes.append(place)
        case .permission:
          problems.append(place)
          isForbidden = true
        case .wrong: wrong(place)
        }
      }
    }
  }

  /// Makes each sink and its texts, as `serve` does.
  private mutating func checkSinks(_ configuration: Configuration) {
    var settings = configuration.settings
    try? settings.loadSecrets()
    for sink in settings.sinks {
      let key = "sinks.\(sink.name)"
      // Whoever checks may not read the secret, or not have the environment of `serve`.
      let isSecret = sink.secrets.isEmpty && (sink.secretFile != nil || sink.secretEnvironment != nil)
      do throws(SinkConfigurationError) {
        if !isSecret { _ = try sink.makeSink(version: "") }
      } catch {
        wrong(configuration.problem(error.problem, key: "\(key).\(error.key)"))
      }
      do throws(TemplateError) {
        _ = try MessageWriter(
          property: settings.property, sensorName: "", language: sink.language, templates: sink.template,
          privacy: Privacy.level(of: sink, settings.privacy))
      } catch {
        wrong(configuration.problem("\(error)", key: "\(key).template"))
      }
    }
  }

  private mutating func checkReleaseKey(_ configuration: Configuration) {
    guard let path = configuration.settings.uplink?.releaseKey else { return }
    do throws(ReleaseProblem) { _ = try ReleaseKey(file: path) } catch {
      wrong(configuration.problem("\(path): \(error)", key: "uplink.release_key"))
    }
  }

  private mutating func checkAuthorities(_ configuration: Configuration) {
    for sink in configuration.settings.sinks {
      guard let path = sink.caFile, unsafe access(path, R_OK) != 0 else { continue }
      let message = "\(path): " + (errno == ENOENT ? "no such file" : "no permission to read the file")
      let problem = configuration.problem(message, key: "sinks.\(sink.name).ca_file")
      if errno == ENOENT { wrong(problem) } else { notes.append(problem) }
    }
  }
}

extension Settings {
  /// The key whose value is this file of lists or signatures.
  fileprivate func key(naming path: String) -> String? {
    if known == .file(path) { return "known" }
    if rooms == .file(path) { return "rooms" }
    return watch.signatures == path ? "signatures" : nil
  }
}
