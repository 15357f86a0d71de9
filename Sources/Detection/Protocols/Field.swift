/// What an observation is of. The raw value is the name in signatures and output: dotted, lower case, the field's own usage.
public enum Field: String, CaseIterable, Sendable {
  // Link and network
  /// The MAC address as twelve hexadecimal digits, said once of each device; registries of prefixes match its head.
  case ethernetOUI = "eth.oui"
  /// An address that this device holds, by ARP, neighbour discovery or DHCP.
  case ipAddress = "ip.address"
  /// The subject of the observation is a router: a DHCP router option or a router advertisement says so.
  case ipGateway = "ip.gateway"
  case dnsServer = "dns.server"
  case ntpServer = "ntp.server"

  // DHCP (RFC 2131, 2132)
  case dhcpHostname = "dhcp.hostname"
  case dhcpVendorClass = "dhcp.vendor_class"
  /// The parameter request list in its order, `1,3,6,15`.
  case dhcpParameters = "dhcp.params"
  /// Where the network heard its request: what the switch or access point that passed it on says (RFC 3046).
  case dhcpCircuit = "dhcp.circuit"
  case dhcpRemote = "dhcp.remote"

  // DNS (RFC 1035, 6762, 6763)
  case dnsQuery = "dns.query"
  /// `resolver` of who answers DNS queries: what it asks for itself, it asks for others.
  case dnsRole = "dns.role"
  case mdnsService = "mdns.service"
  case mdnsName = "mdns.name"
  case mdnsText = "mdns.txt"
  /// The NetBIOS name that a host registers, answers to or announces.
  case nbnsName = "nbns.name"

  // SSDP and UPnP device descriptions (UPnP Device Architecture 2.0 sections 1 and 2)
  /// NT of an announcement or ST of an answer: never of a search.
  case ssdpType = "ssdp.st"
  case ssdpServer = "ssdp.server"
  case ssdpLocation = "ssdp.location"
  case ssdpModel = "ssdp.model"
  case ssdpName = "ssdp.name"
  case ssdpManufacturer = "ssdp.manufacturer"
  case ssdpDeviceType = "ssdp.device_type"

  // WS-Discovery and ONVIF
  /// Types of a Hello or ProbeMatch: never of a Probe.
  case wsdTypes = "wsd.types"
  case wsdScopes = "wsd.scopes"
  /// Manufacturer and model that an ONVIF device tells in GetDeviceInformationResponse, `Maker Model`.
  case onvifDevice = "onvif.device"

  // RTSP and SDP (RFC 2326, 7826, 8866), RTP (RFC 3550)
  case rtspServer = "rtsp.server"
  case rtspRealm = "rtsp.realm"
  case rtspUserAgent = "rtsp.user_agent"
  case rtspPath = "rtsp.path"
  /// Codec of video that the subject serves: its SDP in the answer to DESCRIBE.
  case rtspVideo = "rtsp.video"
  /// Codec of video that the subject pushes to a server with ANNOUNCE.
  case rtspPublish = "rtsp.publish"
  /// Codec of video that the subject sends in RTSP's framing over TCP, in a conversation whose beginning was not captured.
  case rtspInterleaved = "rtsp.interleaved"
  case sdpTool = "sdp.tool"
  /// The range of a described presentation: `npt=now-` is live.
  case sdpRange = "sdp.range"
  case sdpSession = "sdp.session"
  case sdpMedia = "sdp.media"
  /// Codec or payload type of RTP that the subject sends.
  case rtpPayload = "rtp.payload"
  /// The program with which the subject publishes over RTMP, `publish` where it tells none.
  case rtmpPublish = "rtmp.publish"
  /// Version of SRT with which the subject calls another, to send or to receive.
  case srtHandshake = "srt.handshake"
  /// Codec of the video that the subject sends as an MPEG transport stream over UDP.
  case tsVideo = "ts.video"
  /// Codec of live video that it sends with no protocol around, and over what.
  case bareVideo = "bare.video"

  // HTTP (RFC 9110, 9112)
  case httpHost = "http.host"
  case httpServer = "http.server"
  case httpRealm = "http.realm"
  case httpUserAgent = "http.user_agent"
  case httpContentType = "http.content_type"
  /// Method and target of a request, `GET /index.html`, without the query's values.
  case httpPath = "http.path"
  case httpTitle = "http.title"
  case httpCookie = "http.cookie"
  /// A header of its own that names a maker or model, `name: value`.
  case httpHeader = "http.header"
  /// Of a text body that names a device: its first bytes, or those where the name is; without secrets.
  case httpBody = "http.body"
  /// Boundary of a multipart/x-mixed-replace answer whose parts are JPEG: the subject serves video.
  case httpVideo = "http.video"
  /// Target, without secrets, of a request that the subject answered with a JPEG picture; and of ten such in one conversation.
  case httpPicture = "http.picture"
  case httpSnapshots = "http.snapshots"
  /// The subject uploads a live presentation: `HLS`, `DASH`, or `segments` where only those were seen.
  case httpUpload = "http.upload"

  // TLS (RFC 8446, 5246) and QUIC (RFC 9000)
  case tlsServerName = "tls.sni"
  case tlsALPN = "tls.alpn"
  case tlsCertificateSubject = "tls.cert.subject"
  case tlsCertificateIssuer = "tls.cert.issuer"
  case tlsJA4 = "tls.ja4"
  case quicServerName = "quic.sni"

  // Conversations that no recognizer knows, and the rest
  /// First bytes of a datagram; ports ride along.
  case udpPayload = "udp.payload"
  /// First bytes that one side sent.
  case tcpPayload = "tcp.payload"
  /// Identifier that a device bears in PPPP, `PREFIX-123456-CHECK`.
  case p2pUID = "pppp.uid"
  /// What one end does in PPPP and shows no identifier: `device login`, with `, key NAME` where a known secret masks it; `app searches`.
  case p2pRole = "pppp.role"
  /// The subject sends video in a PPPP session: the application's header, or `data`.
  case p2pVideo = "pppp.video"
  /// Identifier that a device logs in with at a server of ThroughTek's, twenty digits and capitals.
  case tutkUID = "tutk.uid"
  /// What only a device does in ThroughTek's protocol: `device`, or `device data` for a run of long data.
  case tutkRole = "tutk.role"
  /// Number of a device of Xiaomi's house, eight hexadecimal digits.
  case miioDevice = "miio.device"
  /// What a device by TP-Link says it is: `IOT.IPCAMERA`, `SMART.TAPOPLUG`; and its model.
  case tpLinkType = "tplink.type"
  case tpLinkModel = "tplink.model"
  /// Command of a Tuya device's announcement; and 32 of one that answers a set-up of video.
  case tuyaFrame = "tuya.frame"
  case tuyaCommand = "tuya.command"

  // Makers' own discovery answers; `not said` where the answer lacks the value
  /// Class of a device by Dahua, `IPC`, `NVR`; and its model.
  case dahuaClass = "dahua.class"
  case dahuaModel = "dahua.model"
  /// The protocol, `DHIP` or `DVRIP`, in which it answers log-ins as Dahua's devices do; the codec of the video that it sends there.
  case dahuaLogin = "dahua.login"
  case dahuaVideo = "dahua.video"
  /// How the subject logs in at another.
  case dahuaClient = "dahua.client"
  /// Model of a device by Hikvision; and the number of its type.
  case sadpDescription = "sadp.description"
  case sadpType = "sadp.type"
  /// Channels of a device by Xiongmai: one of a camera; and its name.
  case dvripChannels = "dvrip.channels"
  case dvripDevice = "dvrip.device"
  /// Its kind (`IPC`) in the answer to a log-in, its model, and the codec of the live video that it sends.
  case dvripType = "dvrip.type"
  case dvripModel = "dvrip.model"
  case dvripVideo = "dvrip.video"
  /// How the subject logs in at another: `DVRIP-Web`.
  case dvripClient = "dvrip.client"
  /// Model of a device by HiChip or Juan.
  case hdsModel = "hds.model"

  case sipUserAgent = "sip.user_agent"
  /// The number of twenty digits under which a device reports to a platform by GB/T 28181.
  case gb28181ID = "gb28181.id"
  case stunSoftware = "stun.software"
  case mqttTopic = "mqtt.topic"
  case mqttClientID = "mqtt.client_id"
  /// Seconds between its keep-alives in one conversation, their mean deviation in percent, and whom they go to.
  case beaconPeriod = "beacon.period"
  case beaconJitter = "beacon.jitter"
  case beaconPeer = "beacon.peer"
  case ftpBanner = "ftp.banner"
  case telnetBanner = "telnet.banner"
  /// The version line of an SSH server.
  case sshBanner = "ssh.banner"
  case snmpDescription = "snmp.sysdescr"
  case wifiSSID = "wifi.ssid"
  /// What a device tells of itself for Wi-Fi Protected Setup; its type in words, `security camera`.
  case wpsManufacturer = "wifi.wps.manufacturer"
  case wpsModel = "wifi.wps.model"
  case wpsModelNumber = "wifi.wps.model_number"
  case wpsDeviceName = "wifi.wps.device_name"
  case wpsDeviceType = "wifi.wps.device_type"

  // Announcements to the neighbour on the wire
  // LLDP (IEEE 802.1AB), with the inventory of LLDP-MED (ANSI/TIA-1057)
  /// What the subject does, `bridge,router`; said before the rest, so that signatures can look back at it.
  case lldpCapabilities = "lldp.capabilities"
  case lldpSystemName = "lldp.system_name"
  case lldpSystemDescription = "lldp.system_description"
  case lldpManufacturer = "lldp.manufacturer"
  case lldpModel = "lldp.model"
  /// Its own port's name or address. The description is often what a switch's keeper wrote of who is at the other end.
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

  /// Where names of hosts on the Internet show that a device turned to.
  public static let domain: [Field] = [.dnsQuery, .tlsServerName, .quicServerName, .httpHost]

  /// Values are raw bytes, matched by offset, port and length.
  public var isPayload: Bool { self == .udpPayload || self == .tcpPayload }
}
