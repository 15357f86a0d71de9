/// What conversations do over time: uploads, messages from outside, small datagrams to many.
extension StationActivity {
  mutating func beginSecond(_ number: Int, at time: Timestamp) {
    flows[number].touched = time
    flows[number].room = Room()
    if flows[number].upload != 0 { continueUpload(number) }
  }

  /// A packet opens a conversation or ends a pause: it may be a message from outside, or one of a fan-out.
  mutating func noteMessage(_ sighting: Sighting, _ header: PacketHeader) {
    guard stations.isLocal(sighting.source) != stations.isLocal(sighting.destination) else { return }
    noteKnock(sighting, header)
    noteFanOut(sighting, header)
  }

  mutating func noteKnock(_ sighting: Sighting, _ header: PacketHeader) {
    guard header.payloadLength > 0, header.payloadLength <= KnockTable.payloadLimit, stations.isLocal(sighting.destination),
      !stations.isLocal(sighting.source), header.source.isUnicast, !sighting.has(.toGroup)
    else { return }
    knocks.add(sighting.destination, header.destination, from: sighting.source, at: sighting.time)
  }

  private mutating func noteFanOut(_ sighting: Sighting, _ header: PacketHeader) {
    guard FanOutTable.isCandidate(header, readsContents: readsContents), stations.isLocal(sighting.source),
      !stations.isLocal(sighting.destination), header.source.isUnicast, !sighting.has(.toGroup),
      let fanOut = fanOuts.add(header, from: sighting.source, at: sighting.time)
    else { return }
    for observation in fanOut.observations(of: header.sender, at: sighting.time, sighting.packet) {
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
  mutating func measure(_ sighting: Sighting) -> Bool {
    let number = Int(sighting.flow)
    let length = min(Int(sighting.payloadLength), Int(UInt16.max))
    if let place = uploads.place(of: flows[number].upload) {
      flows[number].room.close()
      count(UInt64(length), number, forward: sighting.isForward)
      if uploads[place].isFromLow == sighting.isForward {
        uploads[place].addSent(length, at: sighting.time)
      } else {
        uploads[place].addReceived(length)
      }
      return false
    }
    if flows[number].upload != 0 {
      // Its upload is over: it starts again like any other.
      flows[number].upload = 0
      flows[number].room = Room()
      if !flows[number].room.take(length, forward: sighting.isForward) { return false }
    }
    guard let place = uploads.find(UploadTable.Pair(sighting)) else { return true }
    join(number, place)
    return false
  }

  /// An upload begins with a conversation's packet; what is none is not looked at again in this second.
  @inline(never)
  mutating func beginUpload(_ sighting: Sighting, from sender: Station, to peer: IPAddress) {
    if let place = openUpload(sighting, from: sender, to: peer) {
      join(Int(sighting.flow), place)
    } else {
      flows[Int(sighting.flow)].room.ignore(forward: sighting.isForward)
    }
  }

  private mutating func openUpload(_ sighting: Sighting, from sender: Station, to peer: IPAddress) -> Int? {
    let (source, destination) = (sighting.source, sighting.destination)
    guard stations.isLocal(source), source != destination, sender.address != .none, !sighting.has(.toGroup) else { return nil }
    let isLocal = stations.isLocal(destination)
    let start = flows[Int(sighting.flow)].touched
    return uploads.open(
      UploadTable.Pair(sighting), isFromLow: sighting.isForward, isLocal: isLocal, from: sender, to: peer, packet: sighting.packet,
      start: start, at: now, knock: isLocal ? nil : knocks.find(source, sender.address, before: start))
  }

  private mutating func count(_ length: UInt64, _ number: Int, forward: Bool) {
    uploaded[FlowNumber(number), default: Uploaded()].add(length, forward: forward)
    flows[number].hasUploaded = true
  }

  /// A conversation turns out to belong to an upload.
  private mutating func join(_ number: Int, _ place: Int) {
    let (forward, backward) = (flows[number].room.taken(forward: true), flows[number].room.taken(forward: false))
    flows[number].room.close()
    flows[number].upload = uploads.mark(place)
    count(UInt64(forward), number, forward: true)
    count(UInt64(backward), number, forward: false)
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
    for number in upload.flows.map(Int.init) where flows.indices.contains(number) && flows[number].upload == mark {
      flows[number].upload = 0
      flows[number].room = Room()
      let payload = uploaded[FlowNumber(number)] ?? Uploaded()
      let (sent, received) = upload.isFromLow ? (payload.forward, payload.backward) : (payload.backward, payload.forward)
      guard !upload.isLocal, let clip = Clip(sent: sent, received: received, from: upload.device, at: now, upload.packet) else { continue }
      uploaded[FlowNumber(number)] = nil
      flows[number].hasUploaded = false
      events.append(.clip(clip))
    }
  }
}
