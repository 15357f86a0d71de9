import ArgumentParser
import ConfigurationFiles
import Detection
import Store

/// Limits on what the database holds.
struct RetentionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Delete devices this long after their last packet, except those with alerts: 2d, 30d, 4w. (default: \(Span(Retention().devices)))",
      valueName: "span"))
  var keepDevices: Span?

  @Option(
    help: ArgumentHelp(
      "Delete alerts, with their devices, this long after their last change. (default: \(Span(Retention().alerts)))", valueName: "span"))
  var keepAlerts: Span?

  @Option(
    help: ArgumentHelp(
      """
      Largest size of the database. Beyond it the devices that were absent longest are deleted, then the oldest alerts. \
      (default: \(Retention().size >> 20))
      """,
      valueName: "MiB"))
  var databaseLimit: Int?

  func validate() throws {
    let (sizes, shortest) = (RetentionSettings.sizes, RetentionSettings.shortest)
    if let databaseLimit, !sizes.contains(databaseLimit) {
      throw ValidationError("--database-limit: \(sizes.lowerBound) to \(sizes.upperBound) MiB.")
    }
    // A device that was deleted yesterday is new today, and raises a second alert.
    if let keepDevices, keepDevices.duration < shortest { throw ValidationError("--keep-devices: at least 1d.") }
    if let keepAlerts, keepAlerts.duration < shortest { throw ValidationError("--keep-alerts: at least 1d.") }
  }

  var settings: RetentionSettings {
    var settings = RetentionSettings()
    settings.devices = keepDevices?.duration
    settings.alerts = keepAlerts?.duration
    settings.size = databaseLimit
    return settings
  }
}
