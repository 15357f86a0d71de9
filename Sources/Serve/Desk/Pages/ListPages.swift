import Detection
import Documents
import Foundation
import Mustache
import Store

/// A table of a page. Cells are escaped.
struct ListTable: Sendable {
  struct Cell: Sendable {
    let text: String
    var link: String?
    var isID = false

    init(_ text: String, link: String? = nil, isID: Bool = false) {
      self.text = text
      self.link = link
      self.isID = isID
    }
  }

  var columns: [String]
  var rows: [[Cell]]
}

/// Lists behind the second click.
extension Pages {
  private static let listContent = template(
    """
    <h1>{{title}}</h1>{{#lead}}<p>{{lead}}</p>{{/lead}}{{{form}}}
    {{#csv}}<p><a href="{{csv}}">{{csvLabel}}</a></p>{{/csv}}
    {{#hasRows}}<div class="scroll" tabindex="0" role="region" aria-label="{{title}}"><table><thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead><tbody>
    {{#rows}}<tr>{{#cells}}<td{{#isID}} class="id"{{/isID}}>{{#link}}<a href="{{link}}">{{text}}</a>{{/link}}{{^link}}{{text}}{{/link}}</td>{{/cells}}</tr>
    {{/rows}}</tbody></table></div>{{/hasRows}}{{^hasRows}}<p>{{nothing}}</p>{{/hasRows}}
    {{#next}}<p><a rel="next" href="{{next}}">{{nextLabel}}</a></p>{{/next}}{{{more}}}
    """)

  /// - Parameters:
  ///   - form: what filters the list, made here.
  ///   - more: what follows, made here.
  static func list(
    _ frame: Frame, title: String, lead: String? = nil, form: String = "", _ table: ListTable, csv: String? = nil, next: String? = nil,
    nextLabel: String = Words.next, more: String = ""
  ) -> String {
    var values: [String: Any] = [
      "title": title, "form": form, "hasRows": !table.rows.isEmpty, "columns": table.columns, "nothing": Words.nothing,
      "csvLabel": Words.asTable, "nextLabel": nextLabel, "more": more,
      "rows": table.rows.map { row in
        [
          "cells": row.map { cell in
            var values: [String: Any] = ["text": cell.text, "isID": cell.isID]
            if let link = cell.link { values["link"] = link }
            return values
          }
        ] as [String: Any]
      },
    ]
    if let lead { values["lead"] = lead }
    if let csv { values["csv"] = csv }
    if let next { values["next"] = next }
    return page(frame, title: title, content: listContent.render(values))
  }

  private static let filterForm = template(
    """
    <form class="row" method="get" role="search">{{#search}}<label>{{searchLabel}} <input name="q" type="search" maxlength="80" value="{{q}}"></label>{{/search}}
    {{#choices}}<label>{{label}} <select name="{{name}}">{{#options}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{text}}</option>{{/options}}</select></label>{{/choices}}
    <button>{{show}}</button></form>
    """)

  struct Choice: Sendable {
    let name: String
    let label: String
    let options: [(value: String, text: String)]
    let chosen: String
  }

  static func filter(search: String?, _ choices: [Choice]) -> String {
    filterForm.render([
      "search": search != nil, "q": search ?? "", "searchLabel": Words.search, "show": Words.filter,
      "choices": choices.map { choice in
        [
          "name": choice.name, "label": choice.label,
          "options": choice.options.map { ["value": $0.value, "text": $0.text, "isChosen": $0.value == choice.chosen] as [String: Any] },
        ] as [String: Any]
      },
    ])
  }

  // MARK: Rooms

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

  static func rooms(_ frame: Frame, _ rooms: [RoomView], at now: Timestamp) -> String {
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

  static func queryEscaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
