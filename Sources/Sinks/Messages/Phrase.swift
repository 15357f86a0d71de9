/// Every text that people read, by what it says. A language gives each a mustache template; docs/messages.md explains the values.
enum Phrase: String, Sendable, CaseIterable {
  // Layouts; the configuration can replace them.
  case layoutSubject = "layout.subject"
  case layoutShort = "layout.short"
  case layoutLong = "layout.long"
  case layoutHTML = "layout.html"

  case time
  case timeAndZone = "time.zone"
  /// Twelve names, separated by spaces.
  case timeMonths = "time.months"
  case minutes
  case listSeparator = "list.separator"
  case listLast = "list.last"
  case testMark = "test.mark"

  // A device that was found: as a headline, as the beginning of a sentence, and within one.
  case foundCamera = "found.camera"
  case foundProbableCamera = "found.probable-camera"
  case foundRecorder = "found.recorder"
  case foundProbableRecorder = "found.probable-recorder"
  case foundRelay = "found.relay"
  case foundOther = "found.other"
  case nounCamera = "noun.camera"
  case nounProbableCamera = "noun.probable-camera"
  case nounRecorder = "noun.recorder"
  case nounProbableRecorder = "noun.probable-recorder"
  case nounRelay = "noun.relay"
  case nounOther = "noun.other"
  case aCamera = "a.camera"
  case aProbableCamera = "a.probable-camera"
  case aRecorder = "a.recorder"
  case aProbableRecorder = "a.probable-recorder"
  case aRelay = "a.relay"
  case aOther = "a.other"

  // What happened.
  case raised = "alert.raised"
  case raisedMany = "alert.raised-many"
  case surer = "alert.surer"
  case changed = "alert.changed"
  case silent = "alert.silent"
  case back = "alert.back"
  case acknowledged = "alert.acknowledged"
  case dismissed = "alert.dismissed"
  case declared = "alert.declared"
  case reopened = "alert.reopened"
  case somebody
  case aboutRaised = "about.raised"
  case aboutProbable = "about.probable"
  case aboutMany = "about.many"
  case aboutCaution = "about.caution"
  case aboutSurer = "about.surer"
  case aboutChanged = "about.changed"
  case aboutWatched = "about.watched"
  case aboutUnwatched = "about.unwatched"
  case aboutSilent = "about.silent"
  case aboutBack = "about.back"
  case aboutAcknowledged = "about.acknowledged"
  case aboutDismissed = "about.dismissed"
  case aboutDeclared = "about.declared"
  case aboutReopened = "about.reopened"

  case changeModel = "change.model"
  case changeStreams = "change.streams"
  case changeViewer = "change.viewer"
  case changeRoom = "change.room"
  case changeAddress = "change.address"
  case changeWatched = "change.watched"
  case changeUnwatched = "change.unwatched"
  case changeGrouped = "change.grouped"
  case changeUngrouped = "change.ungrouped"
  case changeCount = "change.count"
  case changeOther = "change.other"

  // Labels of facts.
  case factRoom = "fact.room"
  case factRoomUnknown = "fact.room-unknown"
  case factWhat = "fact.what"
  case factName = "fact.name"
  case factModel = "fact.model"
  case factMaker = "fact.maker"
  case factAddress = "fact.address"
  case factMAC = "fact.mac"
  case factWatcher = "fact.watcher"
  case factSince = "fact.since"
  case factLast = "fact.last"
  case factTime = "fact.time"
  case factAlert = "fact.alert"
  case factDetails = "fact.details"

  // Why Lenscap takes it for a camera.
  case reasonsTitle = "reasons.title"
  case reasonMaker = "reason.maker"
  case reasonName = "reason.name"
  case reasonDiscovery = "reason.discovery"
  case reasonControl = "reason.control"
  case reasonMedia = "reason.media"
  case reasonCloud = "reason.cloud"
  case reasonBehaviour = "reason.behaviour"
  case reasonOther = "reason.other"

  case stepsTitle = "steps.title"
  case stepTouch = "step.touch"
  case stepPhotograph = "step.photograph"
  case stepCall = "step.call"
  case acknowledgeTitle = "acknowledge.title"
  case acknowledgeLink = "acknowledge.link"
  case acknowledgeBox = "acknowledge.box"
  case acknowledgeSeveral = "acknowledge.several"
  case acknowledgeButton = "acknowledge.button"
  case sender

  case escalation
  case aboutEscalation = "about.escalation"

  // Several in one message.
  case countCameras = "count.cameras"
  case countRecorders = "count.recorders"
  case countRelays = "count.relays"
  case countDevices = "count.devices"
  case countChanges = "count.changes"
  case countSilent = "count.silent"
  case countBack = "count.back"
  case countDecisions = "count.decisions"
  case countProblems = "count.problems"
  case countSolved = "count.solved"
  case countTests = "count.tests"
  case countReports = "count.reports"
  case aboutGroup = "about.group"
  case groupTitle = "group.title"
  case more
  case firstReport = "first-report"
  case aboutFirstReport = "about.first-report"
  case firstReportDeclare = "first-report.declare"
  case firstReportSteps = "first-report.steps"

  case test
  case aboutTest = "about.test"

  // The scheduled report.
  case reportFound = "report.found"
  case reportNothing = "report.nothing"
  case reportBlind = "report.blind"
  case reportUnreadable = "report.unreadable"
  case reportWaiting = "report.waiting"
  case reportPeriod = "report.period"
  case reportRooms = "report.rooms"
  case reportRoomsUnknown = "report.rooms-unknown"
  case reportBlindRooms = "report.blind-rooms"
  case reportBlindRoom = "report.blind-room"
  case reportRaisedTitle = "report.raised.title"
  case reportFollowedTitle = "report.followed.title"
  case reportWaitingTitle = "report.waiting.title"
  case reportActionsTitle = "report.actions.title"
  case reportAction = "report.action"
  case reportSilentTitle = "report.silent.title"
  case reportSilentRow = "report.silent.row"
  case reportUploadsTitle = "report.uploads.title"
  case reportUploadRow = "report.upload.row"
  case reportEmbedded = "report.embedded"
  case reportHealthTitle = "report.health.title"
  case reportAlertRow = "report.alert.row"
  case reportDevices = "report.devices"
  case statusOpen = "status.open"
  case statusAcknowledged = "status.acknowledged"
  case statusSnoozed = "status.snoozed"
  case statusDismissed = "status.dismissed"
  case statusDeclared = "status.declared"
  case actionAcknowledged = "action.acknowledged"
  case actionSnoozed = "action.snoozed"
  case actionDismissed = "action.dismissed"
  case actionDeclared = "action.declared"
  case actionReopened = "action.reopened"
  case actionOther = "action.other"
  case blindNeverSeen = "blind.never-seen"
  case blindQuiet = "blind.quiet"
  case blindInterfaceGone = "blind.interface-gone"
  case blindPacketsLost = "blind.packets-lost"
  case blindNotRunning = "blind.not-running"
  case blindOther = "blind.other"
}

/// Problems of the box itself, by the `code` of a health event: what is the matter, and what to do about it.
enum HealthPhrase: String, Sendable, CaseIterable {
  case interfaceGone = "interface-gone"
  case interfaceBack = "interface-back"
  case interfaceRenamed = "interface-renamed"
  case interfaceDown = "interface-down"
  case seesNothing = "sees-nothing"
  case seesOthers = "sees-others"
  case seesOnlyItself = "sees-only-itself"
  case packetsLost = "packets-lost"
  case storeFailed = "store-failed"
  case storeBack = "store-back"
  case storeRenewed = "store-renewed"
  case noticesSuppressed = "notices-suppressed"
  case clockUnsynchronised = "clock-unsynchronised"
  case outputClosed = "output-closed"
  case outputStalled = "output-stalled"
  case outputFailed = "output-failed"
  case outputBack = "output-back"
  case recordingFailed = "recording-failed"
  case recordingBack = "recording-back"
  case watchSilent = "watch-silent"
  case watchBack = "watch-back"
  case sinkFailing = "sink-failing"
  case sinkBack = "sink-back"
  case sinkDisabled = "sink-disabled"
  case uplinkSilent = "uplink-silent"
  case uplinkBack = "uplink-back"
  case flood
  case commandRefused = "command-refused"
  case configurationRefused = "configuration-refused"
  /// Codes that this version does not know.
  case other

  init(code: String?) { self = code.flatMap(HealthPhrase.init(rawValue:)) ?? .other }

  /// A problem that is over.
  var isSolved: Bool {
    switch self {
    case .interfaceBack, .seesOthers, .storeBack, .outputBack, .recordingBack, .watchBack, .sinkBack, .uplinkBack: true
    default: false
    }
  }

  /// While it lasts, cameras go unseen.
  var isBlind: Bool {
    switch self {
    case .watchSilent, .interfaceGone, .interfaceDown, .seesNothing, .seesOnlyItself: true
    default: false
    }
  }
}
