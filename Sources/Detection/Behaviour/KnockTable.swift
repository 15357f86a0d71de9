/// Messages from outside that a device did not just ask for: what a cloud or a viewer sends before a camera begins to send.
///
/// Looked at where a conversation begins or ends a pause, so that busy ones cost nothing.
struct KnockTable {
  static let capacity = 4096
  /// A packet is a message by itself if the conversation was quiet for this long.
  static let silence = Nanoseconds.seconds(1)
  static let payloadLimit = 700
  /// An upload that begins this soon after a message was asked for by it, …
  static let lagLimit = Nanoseconds.seconds(3)
  /// … if in the minute before there were no more than this: a device that is called all the time is called before anything.
  static let knockLimit = 10
  private static let minute = Nanoseconds.seconds(60)
  /// Messages that are remembered of a device: `knockLimit`, and those within the lag.
  private static let memory = 16

  private struct Message {
    let time: Timestamp
    /// By its address number.
    let sender: UInt32
  }

  private struct Device {
    let address: IPAddress
    /// The latest ones, in their order.
    var messages: [Message] = []
  }

  /// By address number.
  private var devices = BoundedTable<UInt32, Device>(capacity: KnockTable.capacity)

  var evicted: Int { devices.evicted }

  /// A message came.
  /// - Parameters:
  ///   - number: of the device's address.
  ///   - sender: number of the address outside.
  mutating func add(_ number: UInt32, _ address: IPAddress, from sender: UInt32, at time: Timestamp) {
    var place = devices.find(number)
    if let known = place, devices[known].address != address {
      devices.remove(known)
      place = nil
    }
    let device = place ?? devices.insert(number, Device(address: address))
    devices.touch(device)
    // A sender that tries several ports at once sends one message.
    if devices[device].messages.contains(where: { $0.sender == sender && !time.isAfter($0.time, by: Self.silence) }) { return }
    if devices[device].messages.count >= Self.memory { devices[device].messages.removeFirst() }
    devices[device].messages.append(Message(time: time, sender: sender))
  }

  /// The message that an upload followed.
  func find(_ number: UInt32, _ address: IPAddress, before start: Timestamp) -> Knock? {
    guard let place = devices.find(number), devices[place].address == address else { return nil }
    let messages = devices[place].messages
    guard let last = messages.last(where: { $0.time <= start }), !start.isAfter(last.time, by: Self.lagLimit) else { return nil }
    let earlier = messages.count {
      start.isAfter($0.time, by: Self.lagLimit) && !start.isAfter($0.time, by: Self.lagLimit.count + Self.minute.count)
    }
    guard earlier <= Self.knockLimit else { return nil }
    return Knock(lag: Nanoseconds(count: start.nanoseconds - last.time.nanoseconds))
  }
}
