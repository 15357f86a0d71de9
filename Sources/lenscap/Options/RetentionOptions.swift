import ArgumentParser
import Detection
import Store

/// Limits on what the database holds.
struct RetentionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Delete devices this long after their last packet, except those with alerts: 2d, 30d, 4w.", valueName: "span"))
  var keepDevices = Span(Retention().devices)

  @Option(help: ArgumentHelp("Delete alerts, with their devices, this long after their last change.", valueName: "span"))
  var keepAlerts = Span(Retention().alerts)

  @Option(
    help: ArgumentHelp(
      "Largest size of the database. Beyond it the devices that were absent longest are deleted, then the oldest alerts.",
      valueName: "MiB"))
  var databaseLimit = Retention().size >> 20

  private static let shortest = Duration.seconds(86_400)

  func validate() throws {
    guard (1...1_048_576).contains(databaseLimit) else { throw ValidationError("--database-limit: 1 to 1048576 MiB.") }
    // A device that was deleted yesterday is new today, and raises a second alert.
    guard keepDevices.duration >= Self.shortest else { throw ValidationError("--keep-devices: at least 1d.") }
    guard keepAlerts.duration >= Self.shortest else { throw ValidationError("--keep-alerts: at least 1d.") }
  }

  var retention: Retention {
    var retention = Retention()
    retention.devices = keepDevices.duration
    retention.alerts = keepAlerts.duration
    retention.size = databaseLimit << 20
    return retention
  }
}
