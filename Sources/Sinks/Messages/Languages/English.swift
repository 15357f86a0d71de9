/// English. Another language is one more file like this, and a line in `Texts.all`.
enum English {
  static let phrases: [Phrase: String] = [
    .layoutSubject: "{{test_mark}}{{property}}: {{headline}}{{#device}}, {{device}}{{/device}}",
    .layoutShort: "{{test_mark}}{{property}}: {{headline}}{{#device}}, {{device}}{{/device}}{{#id}} (alert {{id}}){{/id}}",
    .layoutLong: """
    {{test_mark}}{{headline}}
    {{#blocks}}

    {{#title}}
    {{title}}
    {{/title}}
    {{#lines}}
    {{mark}}{{label_mark}}{{text}}
    {{/lines}}
    {{/blocks}}
    """,
    .layoutHTML: """
    <div style="font-family:sans-serif;font-size:16px;line-height:1.4;max-width:40em">
    <p style="font-size:20px;font-weight:bold">{{test_mark}}{{headline}}</p>
    {{#blocks}}
    <div style="margin:1em 0">
    {{#title}}
    <p style="font-weight:bold;margin:0.2em 0">{{title}}</p>
    {{/title}}
    {{#lines}}
    <p style="margin:0.2em 0">{{mark}}{{#label}}<b>{{label}}:</b> {{/label}}{{text}}</p>
    {{/lines}}
    </div>
    {{/blocks}}
    {{#acknowledge_url}}
    <p><a href="{{acknowledge_url}}" style="font-weight:bold">{{acknowledge_button}}</a></p>
    {{/acknowledge_url}}
    </div>
    """,

    .time: "{{day}} {{month}} {{year}}, {{hour}}:{{minute}}",
    .timeAndZone: "{{time}} ({{zone}})",
    .timeMonths: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    .minutes: "{{count}} min",
    .listSeparator: ", ",
    .listLast: " and ",
    .testMark: "TEST: ",

    .foundCamera: "Undeclared camera",
    .foundProbableCamera: "Probably an undeclared camera",
    .foundRecorder: "Undeclared video recorder",
    .foundProbableRecorder: "Probably an undeclared video recorder",
    .foundRelay: "Undeclared base station for cameras",
    .foundOther: "Undeclared device",
    .nounCamera: "Camera",
    .nounProbableCamera: "Probable camera",
    .nounRecorder: "Video recorder",
    .nounProbableRecorder: "Probable video recorder",
    .nounRelay: "Base station for cameras",
    .nounOther: "Device",
    .aCamera: "a camera",
    .aProbableCamera: "a probable camera",
    .aRecorder: "a video recorder",
    .aProbableRecorder: "a probable video recorder",
    .aRelay: "a base station for cameras",
    .aOther: "a device",

    .raised: "{{found}}{{#room}} in {{room}}{{/room}}",
    .raisedMany: "{{count}} cameras that are probably invented{{#room}}, the first one in {{room}}{{/room}}",
    .surer: "Now certain: {{found}}{{#room}} in {{room}}{{/room}}",
    .changed: "{{noun}}{{#room}} in {{room}}{{/room}} {{changes}}",
    .silent: "{{noun}}{{#room}} in {{room}}{{/room}} went silent",
    .back: "{{noun}}{{#room}} in {{room}}{{/room}} is back",
    .acknowledged: "{{who}} acknowledged the alert about {{a}}{{#room}} in {{room}}{{/room}}{{#note}}: {{note}}{{/note}}",
    .dismissed: "{{who}} dismissed the alert about {{a}}{{#room}} in {{room}}{{/room}} as false{{#note}}: {{note}}{{/note}}",
    .declared: "{{who}} declared {{a}}{{#room}} in {{room}}{{/room}} as the property's own{{#note}}: {{note}}{{/note}}",
    .reopened: "{{who}} reopened the alert about {{a}}{{#room}} in {{room}}{{/room}}{{#note}}: {{note}}{{/note}}",
    .somebody: "Somebody",
    .aboutRaised: "A device on the network is {{a}}, and nobody declared it as the property's own.",
    .aboutProbable: "A device on the network is probably {{a}}, and nobody declared it as the property's own.",
    .aboutMany:
      "Somebody seems to make up cameras: so many announced themselves at once, and none of them held a conversation. "
      + "One among them may be real: it has an alert of its own as soon as it holds one.",
    .aboutCaution: "It may be a guest's own, a baby monitor for example: accuse nobody.",
    .aboutSurer: "You had this alert before, when it was less certain.",
    .aboutChanged: "You had an alert about this device before.",
    .aboutWatched:
      "Somebody outside the property seems to look through it at this moment. You had an alert about this device before."
      + "{{#lag}} It began to send {{lag}} s after a message from outside{{#length}}, and has sent for {{length}} s{{/length}}.{{/lag}}",
    .aboutUnwatched: "You had an alert about this device before.{{#length}} It sent for {{length}} s.{{/length}}",
    .aboutSilent:
      "It sent nothing for an hour, while other devices did. It may be unplugged, out of power, or taken away: say so to whoever looks for it.",
    .aboutBack: "It was silent, and sends again.",
    .aboutAcknowledged: "Somebody is handling this. You need not do anything unless you are asked.",
    .aboutDismissed: "Nothing needs to be done. The device raises no alert again until it shows something new that cameras do.",
    .aboutDeclared: "Nothing needs to be done. From now on it raises no alert.",
    .aboutReopened: "The alert counts as open again, and somebody must look.",

    .changeModel: "gives {{#to}}its model as {{to}}{{/to}}{{^to}}another model{{/to}}",
    .changeStreams: "started to send video",
    .changeViewer: "has a new viewer{{#to}}, {{to}}{{/to}}",
    .changeRoom: "moved{{#from}} from {{from}}{{/from}}{{#to}} to {{to}}{{/to}}",
    .changeAddress: "has {{#to}}the address {{to}}{{/to}}{{^to}}another address{{/to}}",
    .changeWatched: "is watched from outside",
    .changeUnwatched: "is not watched from outside any more",
    .changeGrouped: "is one of many that are probably invented",
    .changeUngrouped: "is real: it held a conversation",
    .changeCount: "is the first of {{to}} that are probably invented",
    .changeOther: "changed",

    .factRoom: "Room",
    .factRoomUnknown: "not known",
    .factWhat: "What",
    .factName: "Calls itself",
    .factModel: "Maker and model",
    .factMaker: "Network hardware by",
    .factAddress: "Address",
    .factMAC: "Hardware address",
    .factWatcher: "Sends to",
    .factSince: "Here since",
    .factLast: "Last sign",
    .factTime: "Time",
    .factAlert: "Alert",
    .factDetails: "Details",

    .reasonsTitle: "Why Lenscap says so: the device",
    .reasonMaker: "has the network hardware of a camera maker",
    .reasonName: "has the name of a camera",
    .reasonDiscovery: "announces itself as cameras do",
    .reasonControl: "answers as cameras do",
    .reasonMedia: "sends video",
    .reasonCloud: "calls an internet service for cameras",
    .reasonBehaviour: "behaves as cameras do",
    .reasonOther: "shows signs of a camera",

    .stepsTitle: "What to do",
    .stepTouch: "Do not touch it, move it or unplug it.",
    .stepPhotograph: "Photograph it, and the place where it is.",
    .stepCall: "Call your manager or security{{#id}}, and give them the number {{id}}{{/id}}.",
    .acknowledgeTitle: "Tell the others that you are handling it",
    .acknowledgeLink: "Open this page and press its button: {{url}}",
    .acknowledgeBox: "Press the button of this message, if it has one, or run on the box: lenscap alerts acknowledge {{id}}",
    .acknowledgeSeveral: "Each alert has its own number. On the box, this lists them: lenscap alerts",
    .acknowledgeButton: "I am handling it",
    .sender: "Sent by Lenscap{{#sensor}} on {{sensor}}{{/sensor}}, {{property}}{{#address}}, {{address}}{{/address}}.",

    .escalation: "Nobody acknowledged for {{time}}: {{headline}}",
    .aboutEscalation: "Others had this alert {{time}} ago, and nobody said that they are handling it. Please look, or send somebody.",

    .countCameras: "{{count}} {{^bare}}undeclared {{/bare}}camera{{^one}}s{{/one}}",
    .countRecorders: "{{count}} {{^bare}}undeclared {{/bare}}video recorder{{^one}}s{{/one}}",
    .countRelays: "{{count}} {{^bare}}undeclared {{/bare}}base station{{^one}}s{{/one}} for cameras",
    .countDevices: "{{count}} {{^bare}}undeclared {{/bare}}device{{^one}}s{{/one}}",
    .countChanges: "{{count}} change{{^one}}s{{/one}}",
    .countSilent: "{{count}} gone silent",
    .countBack: "{{count}} back",
    .countDecisions: "{{count}} decision{{^one}}s{{/one}} by people",
    .countProblems: "{{count}} problem{{^one}}s{{/one}} of the box",
    .countSolved: "{{count}} problem{{^one}}s{{/one}} of the box over",
    .countTests: "{{count}} test{{^one}}s{{/one}}",
    .countReports: "{{count}} report{{^one}}s{{/one}}",
    .aboutGroup: "These are {{count}} messages in one. The most serious come first.",
    .groupTitle: "What happened (times of {{zone}})",
    .more: "… and {{count}} more",
    .firstReport: "First report: {{counts}} {{#one}}is{{/one}}{{^one}}are{{/one}} here that nobody declared",
    .aboutFirstReport: "The box is new here, and does not know which cameras belong to the property. Compare them with your own.",
    .firstReportDeclare: "Declare your own, so that they raise no alert. On the box, this lists them: lenscap known adopt",
    .firstReportSteps: "What to do about one that is not yours",

    .test: "Test message, no camera was found",
    .aboutTest: "Somebody tries whether alerts reach you. They do: nothing needs to be done.",

    .reportFound: "Report: {{counts}} found",
    .reportNothing: "Report: no undeclared camera{{#rooms}}, {{watched}} of {{rooms}} rooms watched{{/rooms}}",
    .reportBlind: "Report: no room was watched, so nothing could be found",
    .reportUnreadable: "Report: the box could not write it",
    .reportWaiting: "{{headline}}, {{count}} alert{{^one}}s{{/one}} waiting",
    .reportPeriod: "From {{from}} to {{to}}.",
    .reportRooms:
      "{{watched}} of {{count}} room{{^one}}s{{/one}} watched, {{full}} of them all the time ({{hours_watched}} of {{hours}} hours in all).",
    .reportRoomsUnknown: "No rooms are configured: this report cannot say which rooms were watched.",
    .reportBlindRooms: "Rooms that were not watched all the time",
    .reportBlindRoom: "{{room}}: watched {{watched}} of {{hours}} hours{{#reason}}, {{reason}}{{/reason}}",
    .reportRaisedTitle: "Found",
    .reportFollowedTitle: "Happened since",
    .reportWaitingTitle: "Waits for a decision, from before",
    .reportActionsTitle: "What people decided",
    .reportAction: "{{time}}: {{who}} {{action}}{{#what}} {{what}}{{/what}}{{#id}} (alert {{id}}){{/id}}{{#note}}: {{note}}{{/note}}",
    .reportSilentTitle: "Declared cameras that sent nothing",
    .reportSilentRow: "{{name}}{{#room}} in {{room}}{{/room}}, last seen {{time}}",
    .reportUploadsTitle: "Sends like a camera, and it is not known what it is",
    .reportUploadRow: "{{device}}: {{rate}}{{#to}} to {{to}}{{/to}}, since {{time}}",
    .reportEmbedded:
      "{{count}} embedded device{{^one}}s{{/one}} {{#one}}is{{/one}}{{^one}}are{{/one}} no camera{{^one}}s{{/one}}{{#makers}}: {{makers}}{{/makers}}.",
    .reportHealthTitle: "Problems of the box",
    .reportAlertRow:
      "{{time}}: {{headline}}{{#device}}, {{device}}{{/device}}{{#id}} (alert {{id}}){{/id}}{{#status}}, {{status}}{{/status}}",
    .reportDevices: "{{count}} device{{^one}}s{{/one}} seen on the network, {{new}} of them new.",
    .statusOpen: "open",
    .statusAcknowledged: "somebody handles it",
    .statusSnoozed: "put off",
    .statusDismissed: "dismissed as false",
    .statusDeclared: "declared as the property's own",
    .actionAcknowledged: "acknowledged",
    .actionSnoozed: "put off",
    .actionDismissed: "dismissed as false",
    .actionDeclared: "declared as the property's own",
    .actionReopened: "reopened",
    .actionOther: "decided about",
    .blindNeverSeen: "never seen",
    .blindQuiet: "no traffic from the room",
    .blindInterfaceGone: "the network interface was gone",
    .blindPacketsLost: "too many packets were lost",
    .blindNotRunning: "the watch was not running",
    .blindOther: "the reason is not known",
  ]
}
