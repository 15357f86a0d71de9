extension English {
  /// What is the matter, and what to do; no advice where nothing needs to be done.
  static let health: [HealthPhrase: (what: String, advice: String)] = [
    .interfaceGone: (
      "The box has lost its network interface{{#interface}} {{interface}}{{/interface}}",
      "Cameras go unseen until it is back. Check the adapter, its plug and the cable."
    ),
    .interfaceBack: ("The box has its network interface{{#interface}} {{interface}}{{/interface}} again", ""),
    .interfaceRenamed: ("A network interface of the box has a new name{{#interface}}, {{interface}}{{/interface}}", ""),
    .interfaceDown: (
      "The box gets nothing from the network{{#interface}} at {{interface}}{{/interface}}: its cable or its switch is dead",
      "Cameras go unseen until it is back. Check the cable, and the device at its other end."
    ),
    .seesNothing: (
      "The box sees no traffic{{#interface}} at {{interface}}{{/interface}}",
      "Cameras go unseen. Check the cable, and the mirror port of the switch."
    ),
    .seesOthers: ("The box sees the traffic of other devices{{#interface}} at {{interface}}{{/interface}}", ""),
    .seesOnlyItself: (
      "The box sees only its own traffic{{#interface}} at {{interface}}{{/interface}}",
      "Cameras go unseen. Check that it is connected to a mirror or bridge port of the switch."
    ),
    .packetsLost: (
      "The box lost packets{{#interface}} at {{interface}}{{/interface}}",
      "Some traffic went unseen. If this comes often, the box is too slow for this network: call whoever set it up."
    ),
    .storeFailed: (
      "The box cannot write its database", "Detection continues, but nothing is kept. The disk may be full: call whoever set the box up."
    ),
    .storeBack: ("The box can write its database again", ""),
    .storeRenewed: (
      "The box began a new database, because the old one was damaged",
      "Declared cameras may be missing. On the box, this lists them: lenscap known"
    ),
    .noticesSuppressed: (
      "A network interface{{#interface}}, {{interface}},{{/interface}} keeps changing",
      "Check its cable. Further messages about it were left out."
    ),
    .clockUnsynchronised: (
      "The clock of the box may be wrong", "Times of alerts may be wrong. Check that the box reaches a time server: timedatectl"
    ),
    .outputClosed: ("A program that reads reports has ended", "Alerts are still kept and delivered. Call whoever set the box up."),
    .outputStalled: (
      "A program that reads reports has stopped reading", "Alerts are still kept and delivered. Call whoever set the box up."
    ),
    .outputFailed: (
      "The box cannot write its reports where they should go",
      "Detection continues. The disk may be full: call whoever set the box up."
    ),
    .outputBack: ("The box can write its reports again", ""),
    .recordingFailed: (
      "The box cannot write its recording", "Detection continues, but packets are not recorded. The disk may be full: make room there."
    ),
    .recordingBack: ("The box records again", ""),
    .watchSilent: (
      "The watch gives no sign of life",
      "No camera is found until it runs. Check that the box has power. On the box: systemctl status lenscap-watch"
    ),
    .watchBack: ("The watch runs again", ""),
    .sinkFailing: (
      "Alerts do not get through by one of the ways",
      "Others may not get them. On the box, this shows which way, and why: lenscap sinks list"
    ),
    .sinkBack: ("Alerts get through again by all ways", ""),
    .sinkDisabled: (
      "A receiver of alerts wants no more of them",
      "It gets none until somebody enables it. On the box, this shows which one: lenscap sinks list"
    ),
    .uplinkSilent: (
      "The box has not reached the head office for an hour",
      "Alerts still go out by the other ways, and nothing is lost. On the box, this shows why: lenscap status"
    ),
    .uplinkBack: ("The head office has what the box reported", ""),
    .flood: (
      "Somebody floods the network with made-up traffic{{#interface}} at {{interface}}{{/interface}}",
      "Cameras may go unseen behind it. Find out who sends it: on the box, this says from where: lenscap alerts"
    ),
    .commandRefused: ("A decision that came to the box was refused", "If nobody of your people made it, call whoever set the box up."),
    .configurationRefused: (
      "A new configuration is wrong, and the old one stays in use", "On the box, this shows what is wrong: lenscap config check"
    ),
    .other: ("The box has a problem", "Call whoever set the box up."),
  ]
}
