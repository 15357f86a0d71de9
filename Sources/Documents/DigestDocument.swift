import Detection
import Store

/// A digest as JSON.
public struct DigestDocument: Encodable, Sendable {
  struct Camera: Encodable, Sendable {
    let id: String
    @OrNull var hostname: String?
    @OrNull var model: String?
    @OrNull var room: String?
    let lastSeen: String

    private enum CodingKeys: String, CodingKey {
      case id, hostname, model, room
      case lastSeen = "last_seen"
    }

  }

  struct Upload: Encodable, Sendable {
    let device: String
    let since: String
    let upBps: Int
    let to: String

    private enum CodingKeys: String, CodingKey {
      case device, since, to
      case upBps = "up_bps"
    }

  }

  struct Group: Encodable, Sendable {
    let label: String
    let count: Int
  }

  let from: String
  let to: String
  let raised: [AlertDocument]
  let followed: [AlertDocument]
  let waiting: [AlertDocument]
  let health: [AlertDocument]
  let silentCameras: [Camera]
  let uploadsUnexplained: [Upload]
  let embeddedOther: [Group]
  let devices: Int
  let newDevices: Int

  private enum CodingKeys: String, CodingKey {
    case from, to, raised, followed, waiting, health, devices
    case silentCameras = "silent_cameras"
    case uploadsUnexplained = "uploads_unexplained"
    case embeddedOther = "embedded_other"
    case newDevices = "new_devices"
  }

  public init(_ digest: Digest) {
    let alerts = digest.raised + digest.followed + digest.waiting
    let subjects = alerts.compactMap { $0.device.flatMap { digest.subjects[$0] } }
    let makers = OUIRegistry(of: subjects.map(\.id.mac))
    func documents(_ alerts: [StoredAlert]) -> [AlertDocument] {
      alerts.map { alert in
        AlertDocument(
          alert, subject: alert.device.flatMap { digest.subjects[$0] }, sensor: digest.sensor, makers: makers, at: digest.to)
      }
    }
    from = digest.from.rfc3339
    to = digest.to.rfc3339
    raised = documents(digest.raised)
    followed = documents(digest.followed)
    waiting = documents(digest.waiting)
    health = documents(digest.health)
    silentCameras = digest.silent.map {
      Camera(
        id: $0.id.description, hostname: $0.device.hostname, model: $0.device.model, room: $0.device.room,
        lastSeen: $0.device.lastSeen.rfc3339)
    }
    uploadsUnexplained = digest.uploads.compactMap { snapshot in
      snapshot.device.traffic.map {
        Upload(device: snapshot.id.description, since: $0.since.rfc3339, upBps: $0.upBitsPerSecond, to: $0.to.description)
      }
    }
    embeddedOther = digest.embedded.map { Group(label: $0.label, count: $0.count) }
    devices = digest.devices
    newDevices = digest.newDevices
  }
}
