import ArgumentParser
import Detection
import Store

/// How long the property's memory keeps what.
struct RetentionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("How long devices are kept after their last packet, but those of alerts: 12h, 30d, 4w.", valueName: "span"))
  var keepDevices = Span(Retention().devices)

  @Option(help: ArgumentHelp("How long alerts are kept after their last change, with their devices.", valueName: "span"))
  var keepAlerts = Span(Retention().alerts)

  @Option(
    help: ArgumentHelp(
      "Largest size of the database; beyond it the devices that were not seen for longest go first, then the oldest alerts.",
      valueName: "MiB"))
  var databaseLimit = Retention().size >> 20

  func validate() throws {
    guard (1...1_048_576).contains(databaseLimit) else { throw ValidationError("--database-limit: 1 to 1048576 MiB.") }
    // A guest of yesterday who is forgotten is new today, and a camera of his an alert anew.
    guard keepDevices.duration >= WatchMemory.forgetAfter else { throw ValidationError("--keep-devices: a day at least.") }
    guard keepAlerts.duration >= WatchMemory.forgetAfter else { throw ValidationError("--keep-alerts: a day at least.") }
  }

  var retention: Retention {
    var retention = Retention()
    retention.devices = keepDevices.duration
    retention.alerts = keepAlerts.duration
    retention.size = databaseLimit << 20
    return retention
  }
}

/// A length of time as users write it: `30m`, `12h`, `3d`, `2w`.
struct Span: ExpressibleByArgument, CustomStringConvertible {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard case .span(let duration) = TimeOrDuration(argument: argument) else { return nil }
    self.duration = duration
  }

  var description: String {
    let hours = duration.components.seconds / 3600
    return hours % 24 == 0 ? "\(hours / 24)d" : "\(hours)h"
  }
  var defaultValueDescription: String { description }
}
