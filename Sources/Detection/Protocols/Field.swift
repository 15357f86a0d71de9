/// The kind of an observation. The raw value is its name in signatures and output: lower case, with a dot behind the protocol.
public enum Field: String, CaseIterable, Sendable {
  // Link and network
  /// The MAC address as twelve hexadecimal digits, once for each device. Registries of prefixes match its beginning.
  case ethernetOUI = "eth.oui"
  /// An address that this device holds, by ARP, neighbour discovery or DHCP.
  case ipAddress = "ip.address"
  /// An address that the subject claims, and that another MAC address holds or claims too.
  case ipConflict = "ip.conflict"
  /// The subject is a router, according to a DHCP router option or a router advertisement.
  case ipGateway = "ip.gateway"
  case dnsServer = "dns.server"
  case ntpServer = "ntp.server"
  /// The segment with which the subject opens a TCP connection: its options in their order, the TTL that it started from, window scale and
  /// window, `MSS,SACK,TS,NOP,WS ttl 64 scale 3 window 5840`. Forwarded ones are not reported.
  case tcpSYN = "tcp.syn"
  /// The number of them, once it is 3.
  case tcpSYNs = "tcp.syns"

  // DHCP (RFC 2131, 2132)
  case dhcpHostname = "dhcp.hostname"
  case dhcpVendorClass = "dhcp.vendor_class"
  /// The parameter request list in the order of the request, `1,3,6,15`.
  case dhcpParameters = "dhcp.params"
  /// The place where the request entered the network, as the forwarding switch or access point names it (RFC 3046).
  case dhcpCircuit = "dhcp.circuit"
  case dhcpRemote = "dhcp.remote"
  /// `server` if the subject answers DHCP requests, or passes answers on.
  case dhcpRole = "dhcp.role"

  // DNS (RFC 1035, 6762, 6763)
  case dnsQuery = "dns.query"
  /// `resolver` if the subject answers DNS queries. Its own queries are then those of others.
  case dnsRole = "dns.role"
  case mdnsService = "mdns.service"
  case mdnsName = "mdns.name"
  case mdnsText = "mdns.txt"
  /// The NetBIOS name that a host registers, answers to or announces.
  case nbnsName = "nbns.name"

  // SSDP and UPnP device descriptions (UPnP Device Architecture 2.0 sections 1 and 2)
  /// NT of an announcement or ST of an answer, never of a search.
  case ssdpType = "ssdp.st"
  case ssdpServer = "ssdp.server"
  /// The name that a device gives itself in USN, without the number of the unit, where it is no UUID: `device_3_0-AMC`.
  case ssdpUniqueName = "ssdp.usn"
  case ssdpLocation = "ssdp.location"
  case ssdpModel = "ssdp.model"
  case ssdpName = "ssdp.name"
  case ssdpManufacturer = "ssdp.manufacturer"
  case ssdpDeviceType = "ssdp.device_type"

  // WS-Discovery and ONVIF
  /// Types in a Hello or ProbeMatch, never in a Probe.
  case wsdTypes = "wsd.types"
  case wsdScopes = "wsd.scopes"
  /// Model and name of an ONVIF device, from its scopes `onvif://www.onvif.org/hardware/…` and `…/name/…`.
  case onvifHardware = "onvif.hardware"
  case onvifName = "onvif.name"
  /// Namespace of ONVIF that a Hello or an answer declares, of which the capture lacks the types.
  case wsdNamespace = "wsd.namespace"
  /// Manufacturer and model of an ONVIF device in GetDeviceInformationResponse, `Maker Model`.
  case onvifDevice = "onvif.device"

  // RTSP and SDP (RFC 2326, 7826, 8866), RTP (RFC 3550)
  case rtspServer = "rtsp.server"
  case rtspRealm = "rtsp.realm"
  case rtspUserAgent = "rtsp.user_agent"
  /// A path that the subject serves, because it accepts a request for it or the client has a session there.
  case rtspPath = "rtsp.path"
  /// Codec of video that the subject serves, from the SDP in its answer to DESCRIBE.
  case rtspVideo = "rtsp.video"
  /// Codec of video that the subject pushes to a server with ANNOUNCE.
  case rtspPublish = "rtsp.publish"
  /// Codec of video that the subject sends in RTSP's framing over TCP, if the beginning of the conversation was not captured.
  case rtspInterleaved = "rtsp.interleaved"
  case sdpTool = "sdp.tool"
  /// The range of a described presentation: `npt=now-` is live.
  case sdpRange = "sdp.range"
  case sdpSession = "sdp.session"
  case sdpMedia = "sdp.media"
  /// By what the writer of a description names itself, `VSTC`; and attributes that makers add to it, `packetization-supported:DH`.
  case sdpOrigin = "sdp.origin"
  case sdpAttribute = "sdp.attribute"
  /// Codec or payload type of RTP that the subject sends.
  case rtpPayload = "rtp.payload"
  /// Codec of the video that the subject sends in the clear over RTP while it receives no media.
  case rtpVideo = "rtp.video"
  /// The program with which the subject publishes over RTMP; `publish` if it names none.
  case rtmpPublish = "rtmp.publish"
  /// SRT version of a caller, which may send or receive.
  case srtHandshake = "srt.handshake"
  /// The subject sends the stream of an SRT connection: `caller` or `listener`.
  case srtSender = "srt.sender"
  /// Codec of the video that the subject sends as an MPEG transport stream over UDP.
  case tsVideo = "ts.video"
  /// Codec and transport of live video that the subject sends without a protocol.
  case bareVideo = "bare.video"

  // HTTP (RFC 9110, 9112)
  case httpHost = "http.host"
  case httpServer = "http.server"
  case httpRealm = "http.realm"
  case httpUserAgent = "http.user_agent"
  case httpContentType = "http.content_type"
  /// Method and target of a request, `GET /index.html`, without values of the query.
  case httpPath = "http.path"
  case httpTitle = "http.title"
  case httpCookie = "http.cookie"
  /// A non-standard header that names a maker or model, `name: value`.
  case httpHeader = "http.header"
  /// An excerpt, without secrets, of a text body that describes a device.
  case httpBody = "http.body"
  /// Boundary of a multipart/x-mixed-replace answer with JPEG parts: the subject serves video.
  case httpVideo = "http.video"
  /// Target, without secrets, that the subject answered with a JPEG picture; and one that it answered so ten times in a conversation.
  case httpPicture = "http.picture"
  case httpSnapshots = "http.snapshots"
  /// Target that the subject answered with twenty different JPEG pictures of like size, one after the other.
  case httpPictureRow = "http.picture_row"
  /// Target to which the subject posts different JPEG pictures of like size again and again.
  case httpPosts = "http.posted_pictures"
  /// Method and target, without secrets, of a request that the subject granted with something else than a page.
  case httpServed = "http.served"
  /// Format and target of a presentation that the subject serves, and whose segments advance with the clock: `HLS /cam/index.m3u8`.
  case httpLive = "http.live"
  /// Maker whose form the events have that the subject reports over HTTP: `Hikvision`; its model; and numbers of channels above 1.
  case eventMaker = "event.maker"
  case eventModel = "event.model"
  case eventChannel = "event.channel"
  /// Format of live video in binary WebSocket messages that the subject sends as the server; and as the client.
  case webSocketVideo = "websocket.video"
  case webSocketPush = "websocket.push"
  /// Format of a live presentation that the subject uploads: `HLS`, `DASH`, or `segments` if no playlist was seen.
  case httpUpload = "http.upload"

  // TLS (RFC 8446, 5246) and QUIC (RFC 9000)
  case tlsServerName = "tls.sni"
  case tlsALPN = "tls.alpn"
  case tlsCertificateSubject = "tls.cert.subject"
  case tlsCertificateIssuer = "tls.cert.issuer"
  case tlsJA4 = "tls.ja4"
  /// The first part of JA4 of a hello over TCP or QUIC, `t13d1516h2`: transport, version, server name or not, number of ciphers, of
  /// extensions, and first protocol; with ` grease` behind it if the hello has reserved values (RFC 8701). `t12i06 cut 60` if the capture lacks
  /// the end of the hello: up to the number of ciphers, and the bytes that the extensions take.
  case tlsHello = "tls.hello"
  /// The name that the subject asked for, once the server answered the hello.
  case tlsAnswered = "tls.answered"
  case quicServerName = "quic.sni"

  // Conversations that no recognizer claims, and other protocols
  /// First bytes of a datagram.
  case udpPayload = "udp.payload"
  /// First bytes of one side of a stream.
  case tcpPayload = "tcp.payload"
  /// Identifier of a device in PPPP, `PREFIX-123456-CHECK`.
  case p2pUID = "pppp.uid"
  /// Action in PPPP without an identifier: `device login`, followed by `, key NAME` if a known secret masks it; `app searches`.
  case p2pRole = "pppp.role"
  /// Header of the application in PPPP video that the subject sends, or `data`.
  case p2pVideo = "pppp.video"
  /// Identifier with which a device logs in at a server of ThroughTek, twenty digits and capitals.
  case tutkUID = "tutk.uid"
  /// Action of devices only in ThroughTek's protocol: `device`, or `device data` for a run of long data.
  case tutkRole = "tutk.role"
  /// Number of a device by Xiaomi, eight hexadecimal digits.
  case miioDevice = "miio.device"
  /// Type of a device by TP-Link, `IOT.IPCAMERA`, `SMART.TAPOPLUG`; and its model.
  case tpLinkType = "tplink.type"
  case tpLinkModel = "tplink.model"
  /// Command in the announcement of a Tuya device; and 32 if the subject answers the set-up of video.
  case tuyaFrame = "tuya.frame"
  case tuyaCommand = "tuya.command"

  // Proprietary discovery; `not said` if the answer lacks the value
  /// Class of a device by Dahua, `IPC`, `NVR`; and its model.
  case dahuaClass = "dahua.class"
  case dahuaModel = "dahua.model"
  /// Protocol in which the subject answers logins like a device by Dahua, `DHIP` or `DVRIP`; and the codec of the video that it sends.
  case dahuaLogin = "dahua.login"
  case dahuaVideo = "dahua.video"
  /// Type of client as which the subject logs in at another device.
  case dahuaClient = "dahua.client"
  /// Model of a device by Hikvision; and the number of its type.
  case sadpDescription = "sadp.description"
  case sadpType = "sadp.type"
  /// Number of channels of a device by Xiongmai, one for a camera; and its name.
  case dvripChannels = "dvrip.channels"
  case dvripDevice = "dvrip.device"
  /// Type (`IPC`) in the answer to a login, model, and codec of the live video that the subject sends.
  case dvripType = "dvrip.type"
  case dvripModel = "dvrip.model"
  case dvripVideo = "dvrip.video"
  /// Type of client as which the subject logs in at another device: `DVRIP-Web`.
  case dvripClient = "dvrip.client"
  /// Model of a device by HiChip or Juan.
  case hdsModel = "hds.model"
  /// Protocol in which the subject answers a maker's search tool, `sony`, `gige vision`; model and maker that it states there come first.
  case searchAnswer = "search.answer"
  case searchModel = "search.model"
  case searchVendor = "search.vendor"
  /// `device` if the subject is the camera or recorder in a conversation in Baichuan's protocol (Reolink); its type, `ipc`, `nvr`; and
  /// codec of the video that it sends there.
  case baichuanRole = "baichuan.role"
  case baichuanType = "baichuan.type"
  case baichuanVideo = "baichuan.video"

  case sipUserAgent = "sip.user_agent"
  /// Display name of a caller that is a model: `DS-KD8003`; and the subject of its call, if that holds words only.
  case sipName = "sip.name"
  case sipSubject = "sip.subject"
  /// Codec and direction of the video that the subject offers in a call in which both sides speak: `H264 sendonly`.
  case sipVideo = "sip.video"
  /// Number with twenty digits under which the subject speaks (GB/T 28181), and the three digits of it that are its type.
  case gb28181ID = "gb28181.id"
  case gb28181Type = "gb28181.type"
  /// Number that a platform asked for and the subject answered for: its own, or that of a camera behind it.
  case gb28181Channel = "gb28181.channel"
  case gb28181Manufacturer = "gb28181.manufacturer"
  case gb28181Model = "gb28181.model"
  case gb28181Name = "gb28181.name"
  case stunSoftware = "stun.software"
  case mqttTopic = "mqtt.topic"
  case mqttClientID = "mqtt.client_id"
  /// Seconds between keep-alives in a conversation, their mean deviation in percent, and their receiver.
  case beaconPeriod = "beacon.period"
  case beaconJitter = "beacon.jitter"
  case beaconPeer = "beacon.peer"
  // What a device does over time: sets of numbers that belong together, each opened by its first field.
  // Uploads: one session between the subject and one address over one transport.
  /// Where the receiver is, transport and address: `outside udp 203.0.113.8`, `local tcp 192.168.1.5`.
  case uploadPeer = "upload.peer"
  /// Seconds from the first active second to the last; payload that the subject sent, in kilobytes (1,000 bytes); its share of all payload,
  /// in percent; its packets with payload; and kilobytes a second.
  case uploadSeconds = "upload.seconds"
  case uploadKilobytes = "upload.kilobytes"
  case uploadShare = "upload.share"
  case uploadPackets = "upload.packets"
  case uploadRate = "upload.rate"
  /// Uploads of this kind so far to addresses outside, and the different clock hours that they were in.
  case uploadSessions = "upload.sessions"
  case uploadHours = "upload.hours"
  /// Ticks a second, where the bursts of packets follow a steady clock; bursts a second; bursts that end in a packet that is not full, in
  /// percent; and the standard deviation of their bytes, in percent of the mean.
  case uploadClock = "upload.clock"
  case uploadBursts = "upload.bursts"
  case uploadBurstEnds = "upload.burst_ends"
  case uploadBurstSpread = "upload.burst_spread"
  /// Seconds from a message from outside, which the subject had not just asked for, to the upload; only where that is at most three.
  case uploadLag = "upload.lag"
  // Fan-out: the same small datagram to several hosts outside within two seconds.
  /// Port and length: `port 32100, 108 bytes`.
  case fanOutMessage = "fanout.message"
  /// Hosts; times that it was sent; seconds from the first time to the last; share of the times to the same hosts, in percent; and
  /// seconds between two times, the median.
  case fanOutHosts = "fanout.hosts"
  case fanOutEvents = "fanout.events"
  case fanOutSeconds = "fanout.seconds"
  case fanOutSame = "fanout.same"
  case fanOutGap = "fanout.gap"
  // Wake and clip: the subject wakes from two minutes of silence or more, asks for its address, and sends a file in one conversation.
  /// Times that it did; the files, their mean in kilobytes and their standard deviation in percent of it; and the share of the time that
  /// the subject was awake, in percent.
  case wakeEpisodes = "wake.episodes"
  case wakeClips = "wake.clips"
  case wakeKilobytes = "wake.kilobytes"
  case wakeSpread = "wake.spread"
  case wakeAwake = "wake.awake"
  case ftpBanner = "ftp.banner"
  /// The subject stores files on another host again and again: `pictures`, `clips`.
  case ftpUpload = "ftp.upload"
  /// The subject sends mails with pictures again and again: `pictures`.
  case mailUpload = "mail.upload"
  case telnetBanner = "telnet.banner"
  /// The version line of an SSH server.
  case sshBanner = "ssh.banner"
  case snmpDescription = "snmp.sysdescr"
  case wifiSSID = "wifi.ssid"
  /// Description of a device for Wi-Fi Protected Setup; its type in words, `security camera`.
  case wpsManufacturer = "wifi.wps.manufacturer"
  case wpsModel = "wifi.wps.model"
  case wpsModelNumber = "wifi.wps.model_number"
  case wpsDeviceName = "wifi.wps.device_name"
  case wpsDeviceType = "wifi.wps.device_type"

  // Announcements to neighbours on the wire
  // LLDP (IEEE 802.1AB), with the inventory of LLDP-MED (ANSI/TIA-1057)
  /// Capabilities of the subject, `bridge,router`; observed before the rest, so that signatures can look back at them.
  case lldpCapabilities = "lldp.capabilities"
  case lldpSystemName = "lldp.system_name"
  case lldpSystemDescription = "lldp.system_description"
  case lldpManufacturer = "lldp.manufacturer"
  case lldpModel = "lldp.model"
  /// Name or address of the sending port. Its description is often the administrator's note about the other end.
  case lldpPort = "lldp.port"
  case lldpPortDescription = "lldp.port_description"
  case lldpManagementAddress = "lldp.management_address"
  // CDP (Cisco)
  case cdpCapabilities = "cdp.capabilities"
  case cdpDeviceID = "cdp.device_id"
  case cdpPlatform = "cdp.platform"
  case cdpVersion = "cdp.version"
  case cdpPort = "cdp.port"
  case cdpAddress = "cdp.address"

  /// Fields that hold the names of Internet hosts that a device contacts.
  public static let domain: [Field] = [.dnsQuery, .tlsServerName, .quicServerName, .httpHost]

  /// Fields in which a device names itself or its maker. Host names are not among them: people choose those.
  public static let identity: [Field] = [
    .rtspServer, .rtspRealm, .sdpSession, .sdpTool, .sdpMedia, .sdpOrigin, .sdpAttribute, .httpServer, .httpRealm, .httpHeader, .httpTitle,
    .wsdScopes, .onvifDevice, .ssdpServer, .ssdpModel, .ssdpName, .ssdpManufacturer, .ssdpType, .lldpManufacturer, .lldpModel,
    .lldpSystemDescription, .dhcpVendorClass, .ftpBanner, .telnetBanner, .sshBanner, .snmpDescription, .sipUserAgent, .wpsManufacturer,
    .wpsModel, .wpsDeviceName, .tlsCertificateSubject,
  ]

  /// Values are decimal numbers, which `above`, `below` and `between` test.
  public var isNumeric: Bool {
    switch self {
    case .tcpSYNs, .beaconPeriod, .beaconJitter, .uploadSeconds, .uploadKilobytes, .uploadShare, .uploadPackets, .uploadRate,
      .uploadSessions, .uploadHours, .uploadClock, .uploadBursts, .uploadBurstEnds, .uploadBurstSpread, .uploadLag, .fanOutHosts,
      .fanOutEvents, .fanOutSeconds, .fanOutSame, .fanOutGap, .wakeEpisodes, .wakeClips, .wakeKilobytes, .wakeSpread, .wakeAwake,
      .gb28181Type:
      true
    default: false
    }
  }

  /// It takes many packets over some time to show it.
  var isMeasured: Bool { isNumeric || opensMeasurement }

  /// The subject is the source of the video, and serves it on the network itself.
  var isServedVideo: Bool {
    switch self {
    case .rtspVideo, .rtspInterleaved, .rtpPayload, .rtpVideo, .httpVideo, .httpSnapshots, .httpPictureRow, .httpLive, .webSocketVideo,
      .bareVideo, .dvripVideo, .dahuaVideo, .baichuanVideo, .p2pVideo:
      true
    default: false
    }
  }

  /// The first one of a set of numbers that belong together: those of an earlier set do not count any more.
  public var opensMeasurement: Bool {
    switch self {
    case .beaconPeer, .uploadPeer, .fanOutMessage, .wakeEpisodes: true
    default: false
    }
  }

  /// Its place among all cases.
  ///
  /// Swift stores an enumeration of fewer than 256 cases without payloads as the number of the case; a test compares it with `allCases`.
  @inline(__always)
  var number: Int { Int(unsafe unsafeBitCast(self, to: UInt8.self)) }

  /// By number: an enumeration with texts would hash its text.
  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
  public func _rawHashValue(seed: Int) -> Int { quickHash(UInt64(number), 0, seed: seed) }

  /// The part of the name before the dot.
  var family: Substring { rawValue.prefix { $0 != "." } }

  /// Values are raw bytes, matched by offset, port and length.
  public var isPayload: Bool { self == .udpPayload || self == .tcpPayload }
}
