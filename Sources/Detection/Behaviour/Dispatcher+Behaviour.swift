/// What conversations do over time: uploads, messages from outside, small datagrams to many.
extension Dispatcher {
  /// A packet begins another second of its conversation.
  @inline(never)
  mutating func beginSecond(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ source: UInt32, _ destination: UInt32
  ) {
    let lastSeen = flows[number].lastSeen
    beginSecond(number, at: frame.time)
    guard frame.time.isAfter(lastSeen, by: KnockTable.silence) else { return }
    if frame.time.isAfter(lastSeen, by: HeartbeatTable.shortestPause) {
      beat(packet, frame, number, key, destination)
      noteMessage(packet, frame, source, destination)
    } else {
      noteKnock(packet, frame, source, destination)
    }
  }

  mutating func beginSecond(_ number: Int, at time: Timestamp) {
    flows.touch(number, at: time)
    if flows[number].upload != 0 { continueUpload(number) }
  }

  /// A packet opens a conversation or ends a pause: it may be a message from outside, or one of a fan-out.
  @inline(__always)
  mutating func noteMessage(_ packet: borrowing Packet, _ frame: borrowing Frame, _ source: UInt32, _ destination: UInt32) {
    guard stations.isLocal(source) != stations.isLocal(destination) else { return }
    noteKnock(packet, frame, source, destination)
    noteFanOut(packet, frame, source, destination)
  }

  private mutating func noteKnock(_ packet: borrowing Packet, _ frame: borrowing Frame, _ source: UInt32, _ destination: UInt32) {
    guard packet.payloadLength > 0, packet.payloadLength <= KnockTable.payloadLimit, stations.isLocal(destination),
      !stations.isLocal(source), packet.source.isUnicast, !packet.isToGroup
    else { return }
    knocks.add(destination, packet.destination, from: source, at: frame.time)
  }

  private mutating func noteFanOut(_ packet: borrowing Packet, _ frame: borrowing Frame, _ source: UInt32, _ destination: UInt32) {
    guard FanOutTable.isCandidate(packet, readsContents: !headersOnly), stations.isLocal(source), !stations.isLocal(destination),
      packet.source.isUnicast, !packet.isToGroup, let fanOut = fanOuts.add(packet, from: source, at: frame.time)
    else { return }
    for observation in fanOut.observations(of: Station(sender: packet), at: frame.time, frame.reference) {
      events.append(.observation(observation))
    }
  }

  // MARK: Uploads

  /// A conversation that was an upload's begins another second.
  private mutating func continueUpload(_ number: Int) {
    if uploads.place(of: flows[number].upload) == nil { flows[number].upload = 0 } else { flows[number].room.close() }
  }

  /// A conversation sent more than a little in its second, or belongs to an upload.
  /// - Returns: it belongs to none, so that one may begin.
  @inline(never)
  mutating func measure(_ payloadLength: Int, _ number: Int, _ key: DirectedKey, at time: Timestamp) -> Bool {
    let length = min(payloadLength, Int(UInt16.max))
    if let place = uploads.place(of: flows[number].upload) {
      flows[number].room.close()
      if key.isForward { flows[number].payloadForward &+= UInt64(length) } else { flows[number].payloadBackward &+= UInt64(length) }
      if uploads[place].isFromLow == key.isForward {
        uploads[place].addSent(length, at: time)
      } else {
        uploads[place].addReceived(length)
      }
      return false
    }
    if flows[number].upload != 0 {
      // Its upload is over: it starts again like any other.
      flows[number].upload = 0
      flows[number].room = Room()
      if !flows[number].room.take(length, forward: key.isForward) { return false }
    }
    guard let place = uploads.find(key.key) else { return true }
    join(number, place)
    return false
  }

  /// An upload begins with a conversation's packet; what is none is not looked at again in this second.
  @inline(never)
  mutating func beginUpload(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ source: UInt32, _ destination: UInt32
  ) {
    if let place = openUpload(packet, frame, number, key, source, destination) {
      join(number, place)
    } else {
      flows[number].room.ignore(forward: key.isForward)
    }
  }

  private mutating func openUpload(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ source: UInt32, _ destination: UInt32
  ) -> Int? {
    guard stations.isLocal(source), source != destination, packet.source.isUnicast, !packet.isToGroup else { return nil }
    let isLocal = stations.isLocal(destination)
    let start = flows[number].touched
    return uploads.open(
      key.key, isFromLow: key.isForward, isLocal: isLocal, from: Station(sender: packet), to: packet.destination, packet: frame.reference,
      start: start, at: now, knock: isLocal ? nil : knocks.find(source, packet.source, before: start))
  }

  /// A conversation turns out to belong to an upload.
  private mutating func join(_ number: Int, _ place: Int) {
    let (forward, backward) = (flows[number].room.taken(forward: true), flows[number].room.taken(forward: false))
    flows[number].room.close()
    flows[number].upload = uploads.mark(place)
    flows[number].payloadForward &+= UInt64(forward)
    flows[number].payloadBackward &+= UInt64(backward)
    let (up, down) = uploads[place].isFromLow ? (forward, backward) : (backward, forward)
    uploads[place].credit(up: UInt64(up), down: UInt64(down))
    if uploads[place].flows.count < Upload.flowLimit { uploads[place].flows.append(UInt32(number)) }
  }

  /// A second is over for the uploads.
  mutating func endUploadSecond(at now: Timestamp) {
    for notice in uploads.endSecond() { report(notice, isCut: false, at: now) }
  }

  /// The input is over.
  mutating func endUploads() {
    for notice in uploads.endAll() { report(notice, isCut: true, at: now) }
  }

  private mutating func report(_ notice: UploadTable.Notice, isCut: Bool, at now: Timestamp) {
    var upload = notice.upload
    let isEnd = notice.outcome != .report
    if isEnd { leave(upload, notice.mark, at: now) }
    if notice.outcome == .isReversed || isEnd && !upload.end() { return }
    events.append(
      .upload(UploadReport(upload, isTCP: notice.isTCP, isFirst: upload.reports == 1, isEnd: isEnd, isCut: isCut, at: now)))
  }

  /// Takes the conversations out of an upload that is over: each may have sent a clip.
  private mutating func leave(_ upload: Upload, _ mark: UInt32, at now: Timestamp) {
    for number in upload.flows.map(Int.init) where flows.contains(number) && flows[number].upload == mark {
      flows[number].upload = 0
      flows[number].room = Room()
      let (forward, backward) = (flows[number].payloadForward, flows[number].payloadBackward)
      let (sent, received) = upload.isFromLow ? (forward, backward) : (backward, forward)
      guard !upload.isLocal, let clip = Clip(sent: sent, received: received, from: upload.device, at: now, upload.packet) else { continue }
      (flows[number].payloadForward, flows[number].payloadBackward) = (0, 0)
      events.append(.clip(clip))
    }
  }
}
