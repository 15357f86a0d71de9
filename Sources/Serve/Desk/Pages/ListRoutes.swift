import Detection
import Documents
import Foundation
import Hummingbird
import Store
import WebDesk

/// Devices, rooms, coverage, signatures, deliveries and the audit log.
extension PageRoutes {
  private static let day = Duration.seconds(86_400)
  private static let visitLimit = 300

  func addLists(to router: Router<DeskContext>) {
    router.get("devices") { request, context in try await devices(request, context) }
    router.get("rooms") { request, context in try await rooms(request, context) }
    router.get("coverage") { _, context in try await coverage(context) }
    router.get("signatures") { request, context in try await signatures(request, context) }
    router.get("deliveries") { request, context in try await deliveries(request, context) }
    router.get("audit") { request, context in try await audit(request, context) }
  }

  /// On one line, however narrow the table.
  private func time(_ time: Timestamp) -> String { time.dayAndTime(utc: false).replacing(" ", with: "\u{A0}") }

  private func devices(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let (fields, isComplete) = (request.query, context.may(.guests))
    let query = try APIQuery(fields, statuses: APIList.devices.statuses, zone: zone, at: database.clock())
    let text = (fields["q"] ?? "").forPeople(limit: 80)
    let chosen = fields["class"].flatMap { DeviceClass(rawValue: $0)?.rawValue }
    let (found, makers) = try await database.perform { database in
      var filter = DeviceFilter()
      filter.text = text
      filter.isComplete = isComplete
      filter.room = query.room
      filter.isDeclared = query.status.map { $0 == "declared" }
      filter.deviceClass = chosen
      let found = try database.log?.devices(filter, after: query.place, limit: Self.listLimit + 1) ?? []
      return (found, database.makers(of: found))
    }
    let rows = found.prefix(Self.listLimit).map { snapshot -> [ListTable.Cell] in
      let device = snapshot.device
      let what = device.role == .other && device.kind == nil ? device.deviceClass.rawValue : device.label
      return [
        .init((device.hostname ?? "–").forPeople(limit: 40), link: snapshot.alert.map { "/cases/\($0.id)" }),
        .init(what.forPeople() + (device.isDeclared ? ", declared" : "")),
        .init((device.vendor ?? makers.name(of: device.id.mac) ?? "–").forPeople(limit: 40)),
        .init((device.room ?? Words.network(device.id.segment.named)).forPeople()), .init(time(device.firstSeen)),
        .init(time(device.lastSeen)),
        .init(
          [device.addresses.first?.description, device.id.mac.isNone ? nil : device.id.mac.description].compactMap { $0 }.joined(
            separator: " "),
          isID: true),
      ]
    }
    let classes = Pages.Choice(
      name: "class", label: "Class", options: [("", Words.all)] + DeviceClass.allCases.map { ($0.rawValue, $0.rawValue) },
      chosen: chosen ?? "")
    let states = Pages.Choice(
      name: "status", label: "Declared", options: [("", Words.all), ("declared", "declared"), ("undeclared", "undeclared")],
      chosen: query.status ?? "")
    let kept = [("q", text), ("class", chosen ?? ""), ("status", query.status ?? ""), ("room", query.room ?? "")].filter { !$0.1.isEmpty }
      .map { "\($0.0)=\(Pages.queryEscaped($0.1))&" }.joined()
    let last = found.count > Self.listLimit ? found[Self.listLimit - 1] : nil
    return .html(
      .ok,
      Pages.list(
        frame(context, "/devices"), title: Words.devices, lead: isComplete ? nil : Words.camerasOnly,
        form: Pages.filter(search: text, isComplete ? [classes, states] : [states]),
        ListTable(columns: ["Name", "What", "Maker", Words.room, "First seen", "Last seen", "Address"], rows: rows),
        csv: "/api/1/devices?limit=500&format=csv",
        next: last.map { "/devices?\(kept)cursor=\(APIQuery.cursor(ListPlace(time: $0.device.lastSeen, id: $0.id.description)))" }))
  }

  private func rooms(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let isComplete = context.may(.guests)
    if let room = request.query["room"], !room.isEmpty {
      let visits = try await database.perform { try $0.log?.visits(inRoom: room, isComplete: isComplete, limit: Self.visitLimit) ?? [] }
      let rows = visits.map { visit -> [ListTable.Cell] in
        [
          .init((visit.name ?? "–").forPeople(limit: 40)), .init(visit.what.forPeople()), .init(time(visit.first)), .init(time(visit.last)),
          .init(visit.device, isID: true),
        ]
      }
      return .html(
        .ok,
        Pages.list(
          frame(context, "/rooms"), title: "\(room.forPeople()): \(Words.whoWasThere)", lead: isComplete ? nil : Words.camerasOnly,
          ListTable(columns: ["Name", "What", "From", "To", "Device"], rows: rows)))
    }
    let (views, now) = try await database.perform { database in
      let now = database.clock()
      guard let log = database.log else { return ([Pages.RoomView](), now) }
      let counts = try log.deviceCounts(inRoomsSince: now - Self.day)
      let cameras = Dictionary(
        grouping: try log.devices(inRoomsSince: now - Self.day, isComplete: false, limit: 2000).filter {
          $0.device.isCamera && !$0.device.isDeclared
        },
        by: { $0.device.room ?? "" })
      let coverage = try RoomCoverage.of(log, from: now - .seconds(23 * 3600), to: now)
      let blind = Set(try database.answer().blind.map(\.room))
      let views = coverage.map {
        Pages.RoomView(
          coverage: $0, devices: counts[$0.room] ?? 0, cameras: cameras[$0.room]?.count ?? 0, isBlind: blind.contains($0.room))
      }
      return (views, now)
    }
    return .html(.ok, Pages.rooms(frame(context, "/rooms"), views, at: now))
  }

  private func coverage(_ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let (answer, problems) = try await database.perform { database in
      (try database.answer(), try database.log?.problems(since: database.clock() - .seconds(7 * 86_400), limit: 20) ?? [])
    }
    let figures = answer.figures
    var rows: [[ListTable.Cell]] = [
      [.init("The watch"), .init(answer.isWatching ? "runs" : "does not run")],
      [.init("Last packet"), .init(figures.lastPacket.map { "\(Answer.ago($0, answer.now)) ago" } ?? "never")],
      [.init("Packets of this run"), .init("\(grouped(figures.packets)) received, \(grouped(figures.dropped)) lost")],
    ]
    rows += figures.networks.map { network in
      [
        .init(Words.network(network.segment.named).forPeople()),
        .init(
          "\(plural(network.devices, "device") ?? "no device") within a day, the last packet \(Answer.ago(network.last, answer.now)) ago"),
      ]
    }
    rows += figures.classes.sorted { $0.key < $1.key }.map { [.init("Devices within a day: \($0.key)"), .init("\($0.value)")] }
    rows += problems.map { [.init("Problem, \(time($0.updatedTime))"), .init($0.summary.forPeople(limit: 300))] }
    let lead = "\(Words.trafficQuestion) \(Words.guide)"
    return .html(
      .ok, Pages.list(frame(context, "/coverage"), title: Words.coverage, lead: lead, ListTable(columns: ["What", "State"], rows: rows)))
  }

  private func signatures(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let fields = request.query
    let query = try APIQuery(fields, statuses: ["met"], zone: zone, at: database.clock())
    var filter = SignatureFilter()
    filter.text = (fields["q"] ?? "").forPeople(limit: 80)
    filter.isMet = query.status != nil
    let (chosen, text) = (filter, filter.text)
    let (found, counts) = try await database.perform { database in
      (
        try database.log?.signatures(chosen, after: query.place, limit: Self.listLimit + 1) ?? [],
        try database.log?.signatureCounts() ?? (loaded: 0, met: 0)
      )
    }
    let rows = found.prefix(Self.listLimit).map { item -> [ListTable.Cell] in
      [
        .init(item.id.forPeople(limit: 80), isID: true), .init(item.says.forPeople()), .init((item.strength ?? "–").forPeople()),
        .init("\(item.devices)"),
        .init(item.because.replacing("{value}", with: "…").forPeople(limit: 160)),
      ]
    }
    let states = Pages.Choice(
      name: "status", label: Words.shown, options: [("", Words.all), ("met", Words.metHere)], chosen: query.status ?? "")
    let kept = [("q", text), ("status", query.status ?? "")].filter { !$0.1.isEmpty }
      .map { "\($0.0)=\(Pages.queryEscaped($0.1))&" }.joined()
    let last = found.count > Self.listLimit ? found[Self.listLimit - 1] : nil
    return .html(
      .ok,
      Pages.list(
        frame(context, "/signatures"), title: Words.signatures, lead: Words.loaded(counts.loaded, met: counts.met),
        form: Pages.filter(search: text, [states]),
        ListTable(columns: ["Signature", "Says", "Weight", "Devices", "Reason"], rows: rows),
        next: last.map { last in
          let place = ListPlace(time: Timestamp(nanoseconds: Int64(last.devices)), id: last.id)
          return "/signatures?\(kept)cursor=\(APIQuery.cursor(place))"
        }, nextLabel: Words.further))
  }

  private func deliveries(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.deliveries) else { throw WebError.forbidden }
    let query = try APIQuery(request.query, statuses: APIList.deliveries.statuses, zone: zone, at: database.clock())
    let found = try await database.perform {
      try $0.store.deliveries(status: query.status, since: query.since, after: query.place, limit: Self.listLimit + 1)
    }
    let rows = found.prefix(Self.listLimit).map { row -> [ListTable.Cell] in
      [
        .init(time(Timestamp(nanoseconds: row.time))), .init(row.sink.forPeople()), .init(row.type.forPeople()), .init(row.state.rawValue),
        .init("\(row.attempts)"),
        .init((row.error ?? "").forPeople(limit: 160)),
      ]
    }
    let last = found.count > Self.listLimit ? found[Self.listLimit - 1] : nil
    return .html(
      .ok,
      Pages.list(
        frame(context, "/deliveries"), title: Words.deliveries,
        ListTable(columns: ["Last attempt", "To", "Event", "State", "Attempts", "Error"], rows: rows),
        csv: "/api/1/deliveries?limit=500&format=csv",
        next: last.map {
          "/deliveries?cursor=\(APIQuery.cursor(ListPlace(time: Timestamp(nanoseconds: $0.time), id: "\($0.sink) \($0.uid)")))"
        }))
  }

  private func audit(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.audit) else { throw WebError.forbidden }
    let query = try APIQuery(request.query, statuses: [], zone: zone, at: database.clock())
    let found = try await database.perform { try $0.audit(before: query.place, since: query.since, limit: Self.listLimit + 1) }
    let rows = found.prefix(Self.listLimit).map { row -> [ListTable.Cell] in
      [
        .init(time(row.at)), .init(row.who.forPeople()), .init(row.role ?? ""), .init(Words.deed(row.action).forPeople()),
        .init(row.alert.map { String($0.prefix(8)) } ?? "", link: row.alert.map { "/cases/\($0)" }, isID: true),
        .init([row.note, row.detail].compactMap { $0?.forPeople(limit: 300) }.joined(separator: " · ")),
        .init(row.address ?? "", isID: true),
      ]
    }
    let last = found.count > Self.listLimit ? found[Self.listLimit - 1] : nil
    return .html(
      .ok,
      Pages.list(
        frame(context, "/audit"), title: Words.audit, lead: Words.auditLead,
        ListTable(columns: ["When", "Who", "Role", "What", "Case", "Why", "From"], rows: rows), csv: "/api/1/audit?limit=500&format=csv",
        next: last.map { "/audit?cursor=\(APIQuery.cursor($0.place))" }))
  }
}
