import ChainMessages
import Foundation

/// Stores what gateways sent, a batch in a transaction, and says what to acknowledge once it is committed.
///
/// Which tenant a gateway is of stands in the registry and is read in the same transaction; the topic only has to agree.
struct Reception {
  /// What became of a batch.
  struct Outcome: Equatable {
    var stored = 0
    var duplicates = 0
    var holes = 0
    /// Holes that no box can fill any more.
    var lost = 0
    /// Why messages were refused, by gateway.
    var refused: [String: Refusal] = [:]
    /// To be published after the commit.
    var acknowledgements: [ChainTopic: AckMessage] = [:]
    /// Lists and releases, as `down/config`, likewise.
    var configurations: [ConfigurationKey: Data] = [:]
  }

  enum Refusal: String, Equatable {
    case unknown = "is not enrolled"
    case revoked = "is revoked"
    case elsewhere = "sends under the name of another tenant or site"
    case unreadable = "sends what cannot be read"
  }

  /// Epochs of one gateway that are remembered: each is a database of the box that was lost or replaced.
  static let epochLimit = 16

  struct Member {
    let tenant: String
    let site: String
    let isRevoked: Bool
    var places: [String: Place] = [:]
    /// The epoch that moved last.
    var latest: String?
  }

  /// A message whose topic is one of the chain.
  struct Item {
    let topic: ChainTopic
    let message: UpMessage
    let isRetained: Bool
  }

  private var holes = Holes()

  /// Stores a batch.
  ///
  /// - Throws: `PostgresError`; then nothing of the batch is stored.
  mutating func store(
    _ messages: [BrokerMessage], _ connection: PostgresConnection, at now: ContinuousClock.Instant = .now
  ) throws -> Outcome {
    var outcome = Outcome()
    let items = messages.compactMap { message -> Item? in
      guard let topic = try? ChainTopic(message.topic) else { return nil }
      do throws(UnreadableMessage) {
        return Item(topic: topic, message: try UpMessage(topic.channel, message.payload), isRetained: message.isRetained)
      } catch {
        // The broker's record of a gateway that went away is empty.
        if !message.payload.isEmpty { outcome.refused[topic.address.gateway] = .unreadable }
        return nil
      }
    }
    do {
      return try store(items, outcome, connection, now)
    } catch let error as PostgresError where error.isAboutValues && items.count > 1 {
      // PostgreSQL refuses something in one of them: each by itself, so that it holds up nothing else.
      for item in items {
        let part = try store(item, connection, now)
        outcome.stored += part.stored
        outcome.duplicates += part.duplicates
        outcome.holes += part.holes
        outcome.lost += part.lost
        outcome.refused.merge(part.refused) { $1 }
        outcome.acknowledgements.merge(part.acknowledgements) { $1 }
        outcome.configurations.merge(part.configurations) { $1 }
      }
      return outcome
    } catch let error as PostgresError where error.isAboutValues {
      guard let item = items.first else { return outcome }
      return try storeRefused(item, error, connection, now)
    }
  }

  private mutating func store(_ item: Item, _ connection: PostgresConnection, _ now: ContinuousClock.Instant) throws -> Outcome {
    do {
      return try store([item], Outcome(), connection, now)
    } catch let error as PostgresError where error.isAboutValues {
      return try storeRefused(item, error, connection, now)
    }
  }

  /// Of an event that cannot be stored, its place is: otherwise its box would send it for ever.
  private mutating func storeRefused(
    _ item: Item, _ error: PostgresError, _ connection: PostgresConnection, _ now: ContinuousClock.Instant
  ) throws -> Outcome {
    guard case .event = item.message else {
      var outcome = Outcome()
      outcome.refused[item.topic.address.gateway] = .unreadable
      return outcome
    }
    return try store([item], Outcome(), connection, now, refused: "\(error)")
  }

  private mutating func store(
    _ items: [Item], _ before: Outcome, _ connection: PostgresConnection, _ now: ContinuousClock.Instant, refused: String? = nil
  ) throws -> Outcome {
    var holes = holes
    let outcome = try connection.transaction { connection in
      var outcome = before
      var members = try Self.members(Set(items.map(\.topic.address.gateway)), connection)
      var rows = BatchRows()
      for item in items {
        let gateway = item.topic.address.gateway
        guard var member = members[gateway] else {
          outcome.refused[gateway] = .unknown
          continue
        }
        guard !member.isRevoked else {
          outcome.refused[gateway] = .revoked
          continue
        }
        guard (member.tenant, member.site) == (item.topic.address.tenant, item.topic.address.site) else {
          outcome.refused[gateway] = .elsewhere
          continue
        }
        let down = item.topic.address.topic(.acknowledgement)
        switch item.message {
        case .event(let event):
          var place = member.places[event.epoch] ?? Place()
          let (before, isLost) = (place.seq, holes.isLost(gateway, event, at: now))
          switch place.take(event.seq, prev: event.prev, isLost: isLost) {
          case .stored:
            outcome.stored += 1
            outcome.lost += isLost ? 1 : 0
            holes.close(gateway)
            rows.add(event, of: gateway, member, missingAfter: isLost ? before : nil)
            rows.places[BatchRows.PlaceKey(gateway: gateway, epoch: event.epoch)] = (member.tenant, place.seq)
            member.places[event.epoch] = place
            member.latest = event.epoch
          case .duplicate: outcome.duplicates += 1
          case .hole:
            outcome.holes += 1
            holes.ask(gateway, event, at: now)
          }
          outcome.acknowledgements[down] = AckMessage(epoch: event.epoch, seq: place.seq)
          rows.hear(gateway, member)
        case .state(let state):
          rows.states[gateway] = (member, state)
          rows.hear(gateway, member)
          if outcome.acknowledgements[down] == nil, let latest = member.latest, let place = member.places[latest] {
            outcome.acknowledgements[down] = AckMessage(epoch: latest, seq: place.seq)
          }
        case .health(let health):
          rows.health[gateway] = (member, health)
          guard health.isOnline else { break }
          if !item.isRetained { rows.hear(gateway, member) }
          // A box that comes back, and each one when central does, learns what there is.
          if let epoch = health.epoch {
            outcome.acknowledgements[down] = AckMessage(epoch: epoch, seq: member.places[epoch]?.seq ?? 0)
          }
        }
        members[gateway] = member
      }
      try rows.write(connection, refused: refused)
      outcome.configurations = try Configurations.for(rows.states, connection)
      return outcome
    }
    self.holes = holes
    return outcome
  }

  /// The gateways of a batch as the registry has them, and their places.
  private static func members(_ gateways: Set<String>, _ connection: PostgresConnection) throws -> [String: Member] {
    guard !gateways.isEmpty else { return [:] }
    let rows = try connection.run(
      """
      SELECT g.id, g.tenant, g.site, g.revoked IS NOT NULL AS revoked, p.epoch, p.seq
      FROM unnest($1::text[]) AS asked(id) JOIN gateway g ON g.id = asked.id LEFT JOIN place p ON p.gateway = g.id ORDER BY p.updated
      """, [PostgresValue(array: gateways.map { $0 })])
    var members: [String: Member] = [:]
    for row in rows.rows {
      let id = try row.text("id")
      var member =
        try members[id] ?? Member(tenant: row.text("tenant"), site: row.text("site"), isRevoked: row.flag("revoked"))
      if let epoch = try row.textIfAny("epoch") {
        member.places[epoch] = Place(seq: try row.integer("seq"))
        member.latest = epoch
      }
      members[id] = member
    }
    return members
  }
}
