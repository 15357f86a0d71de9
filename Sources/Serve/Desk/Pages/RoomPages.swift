import Detection
import Documents
import Foundation
import Mustache
import Store
import WebDesk

/// Rooms.
extension Pages {
  struct RoomView: Sendable {
    let coverage: RoomCoverage
    let devices: Int
    let cameras: Int
    /// Now, as the first screen says it.
    let isBlind: Bool
  }

  private static let roomContent = template(
    """
    <h1>{{title}}</h1>{{#floors}}<h2>{{floor}}</h2><div class="grid">{{#rooms}}<a href="/rooms?room={{link}}" \
    class="{{#isBlind}}blind{{/isBlind}}{{#hasCameras}} found{{/hasCameras}}"><strong>{{room}}</strong><br>{{text}}</a>{{/rooms}}</div>{{/floors}}
    {{^floors}}<p>{{nothing}}</p>{{/floors}}
    """)

  static func rooms(_ frame: PageFrame, _ rooms: [RoomView], at now: Timestamp) -> String {
    let floors = Dictionary(grouping: rooms) { floor(of: $0.coverage.room) }.sorted { ($0.key ?? .max) < ($1.key ?? .max) }
    let content = roomContent.render([
      "title": Words.rooms, "nothing": Words.nothing,
      "floors": floors.map { number, rooms in
        [
          "floor": number.map(Words.floor) ?? Words.otherRooms,
          "rooms": rooms.map { room in
            let counts = [plural(room.cameras, "camera"), plural(room.devices, "device")].compactMap { $0 }.joined(separator: ", ")
            return [
              "room": room.coverage.room.forPeople(), "link": queryEscaped(room.coverage.room), "isBlind": room.isBlind,
              "hasCameras": room.cameras > 0,
              "text": [
                room.isBlind ? Words.why(room.coverage, at: now) : "", Words.watched(room.coverage.hoursWatched, room.coverage.hours),
                counts,
              ].filter { !$0.isEmpty }.joined(separator: "; ").firstUpper,
            ] as [String: Any]
          },
        ] as [String: Any]
      },
    ])
    return page(frame, title: Words.rooms, content: content)
  }

  /// The floor that a room's number says: that of `Room 305` is 3. Nil for a name without such a number.
  static func floor(of room: String) -> Int? {
    let numbers: [Substring] = room.split { !$0.isASCII || !$0.isNumber }
    return numbers.first { (3...4).contains($0.count) }.flatMap { Int($0) }.map { $0 / 100 }
  }
}
