import Detection
import Foundation
import SignatureFiles
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "signatures").path

/// What the whole set makes of values that it was not written from: of people's devices nothing, of cameras cameras.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder), "there is no folder signatures/"))
struct EverydayTests {
  private static let set = SignatureSet(SignatureLoader.read(folder).signatures.map(\.signature))

  /// The strongest claim that a device with this one value is a camera or a recorder.
  private func claim(_ field: Field, _ value: String) -> (strength: Strength, says: Claim, id: String)? {
    let observation = Observation(field: field, text: value, length: value.utf8.count, subject: Station())
    return Self.set.match([observation]).filter { $0.says.isWeighed }
      .compactMap { signature in signature.strength.map { ($0, signature.says, signature.id) } }
      .max { $0.0 < $1.0 }
  }

  private static func values(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  struct Values: Sendable, CustomTestStringConvertible {
    let field: Field
    let values: [String]
    var testDescription: String { field.rawValue }

    init(_ field: Field, _ text: String) {
      self.field = field
      values = EverydayTests.values(text)
    }
  }

  // MARK: What is no camera

  static let everyday: [Values] = [
    Values(
      .dhcpHostname,
      """
      iPhone
      Annas-iPhone
      iPad-von-Peter
      MacBook-Pro-3
      Mac-mini
      Cams-MacBook-Air
      Camerons-iPhone
      Camille
      Watch
      Galaxy-S23-Ultra
      Galaxy-Tab-A8
      android-1a2b3c4d5e6f7a8b
      Pixel-8-Pro
      Redmi-Note-12
      Xiaomi-13T
      OnePlus-Nord
      HUAWEI-P30-lite
      DESKTOP-4F7G2H1
      LAPTOP-IPC4DVR1
      WIN-EF7A2B3C4D5
      SURFACE-PRO
      ubuntu
      raspberrypi
      kali
      chromebook-0a1b
      steamdeck
      XBOX-SystemOS
      PS5-1234
      NintendoSwitch
      LGwebOSTV
      Samsung
      BRAVIA-4K-VH21
      Chromecast-Ultra
      AppleTV-Wohnzimmer
      Roku-Express
      amazon-1a2b3c4d5
      Fire-TV-Stick
      SonosZP
      Google-Home-Mini
      HomePod
      Bose-SoundTouch-20
      NPI3F2A1B
      HP8C0001
      BRW001BA9123456
      EPSON1A2B3C
      Canon1A2B3C
      ET-2750-Series
      HS110
      KP115
      KL130B
      L530
      P110
      wemo-insight
      shellyplug-s-1A2B3C
      shelly1-AABBCC
      ESP_1A2B3C
      ESP-9C8D7E
      tasmota-1A2B3C-0123
      Philips-hue
      hubv3-1234567890
      tado
      ecobee3
      nest-thermostat
      DSP-W215
      DCH-S150
      WyzePlug-2CAA8E010203
      Ring-Chime
      roborock-vacuum-a15
      iRobot-1A2B3C
      dreame_vacuum_p2009
      Dyson-475
      Miele-Oven
      BSH-Dishwasher
      DiskStation
      NAS-Keller
      QNAP-TS251
      fritz.box
      OpenWrt
      UAP-AC-Pro
      TL-SG108E
      yeelink-light-color1_miio123
      lumi-gateway-v3
      zhimi-airpurifier-v6
      plex-dvr
      TiVo-848
      HDHomeRun
      octopi
      homeassistant
      pihole
      SIP-T46S
      SEP001122334455
      Polycom_64167f
      tesla_model3
      Kindle-Paperwhite
      Garmin-Fenix
      GoPro-Quik-PC
      """),
    Values(
      .dhcpVendorClass,
      """
      MSFT 5.0
      android-dhcp-13
      dhcpcd-9.4.1:Linux-5.15.32-v7l+:armv7l:BCM2835
      udhcp 1.31.1
      Hewlett-Packard JetDirect
      Mfg=Xerox;Typ=Printer;Mod=WorkCentre 6515
      ubnt
      ArubaAP
      Cisco AP c3700
      PS5
      AXIS,Network Speaker,C1004-E,9.80
      yealink
      """),
    Values(
      .mdnsService,
      """
      _airplay._tcp
      _raop._tcp
      _companion-link._tcp
      _apple-mobdev2._tcp
      _googlecast._tcp
      _spotify-connect._tcp
      _sonos._tcp
      _ipp._tcp
      _ipps._tcp
      _pdl-datastream._tcp
      _uscan._tcp
      _smb._tcp
      _afpovertcp._tcp
      _adisk._tcp
      _androidtvremote2._tcp
      _amzn-wplay._tcp
      _hap._tcp
      _hue._tcp
      _matter._tcp
      _home-assistant._tcp
      _ssh._tcp
      _http._tcp
      _ptp._tcp
      _workstation._tcp
      """),
    Values(
      .mdnsName,
      """
      Annas iPhone
      Cameron's MacBook Air
      Living Room TV
      Brother MFC-L2710DW series
      HP LaserJet Pro M404n [3F2A1B]
      Canon EOS R6 Camera
      EOSR5_1A2B3C
      Sonos-7828CAAABBCC
      Google-Home-Mini-0a1b2c
      Philips Hue - 1A2B3C
      DiskStation
      Kitchen Speaker
      shellyplug-s-1A2B3C
      Homebridge Camera Bridge
      """),
    Values(
      .ssdpServer,
      """
      Linux/3.14 UPnP/1.0 IpBridge/1.60.0
      Linux UPnP/1.0 Sonos/79.1-53290 (ZPS12)
      Samsung SDP, UPnP/1.0, Samsung UPnP SDK/1.0
      WebOS/4.1.0 UPnP/1.0
      Roku/12.0.0 UPnP/1.0 Roku/12.0.0
      Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0
      Linux/4.4 UPnP/1.0 MiniUPnPd/2.1
      FRITZ!Box 7590 UPnP/1.0 AVM FRITZ!Box 7590 154.07.29
      Linux/2.6 UPnP/1.0 DLNADOC/1.50 Platinum/1.0.5.13
      DSM/7.1 UPnP/1.0 Synology
      UPnP/1.0 DIR-615/1.0
      KnOS/3.2 UPnP/1.0 DMP/3.5
      """),
    Values(
      .ssdpModel,
      """
      Sonos Play:1
      Philips hue bridge 2015
      UE55RU7400
      LG Smart TV
      Roku Express
      Xbox One
      Canon EOS R6
      FRITZ!Box 7590
      DIR-850L
      HDHomeRun DVR
      DS218+
      Windows Media Player
      """),
    Values(
      .dnsQuery,
      """
      captive.apple.com
      gateway.icloud.com
      connectivitycheck.gstatic.com
      mtalk.google.com
      play.googleapis.com
      www.msftconnecttest.com
      settings-win.data.microsoft.com
      api.amazon.com
      device-metrics-us.amazon.com
      www.netflix.com
      video.google.com
      i.ytimg.com
      api.spotify.com
      graph.facebook.com
      mmg.whatsapp.net
      zoom.us
      teams.microsoft.com
      www.tuya.com
      a1.tuyaeu.com
      m2.tuyaeu.com
      eu.api.smartthings.com
      api.ring.com
      api.nest.com
      home.nest.com
      my.arlo.com
      rest-prod.immedia-semi.com
      lv2-app-prod.immedia-semi.com
      security-app.eufylife.com
      api.wyzecam.com
      api.eu.xiaoyi.com
      passport.yitechnology.com
      app.meshare.com
      mapi.av380.net
      p2p.reolink.com
      apis.reolink.com
      apiieu.ezvizlife.com
      api.hik-connect.com
      api.eye4.cn
      euw1-relay-dcipc.i.tplinknbu.com
      n-wap-gw.tplinkcloud.com
      business.smartcamera.api.io.mi.com
      de.ott.io.mi.com
      openapi-eu.mearicloud.com
      p2p1.cloudlinks.cn
      caps.secu100.net
      uac-eu.ajcloud.net
      api.l040z.com
      www.foscam.com
      nexus.dropcam.com
      webapi.camera.home.nest.com
      www.camerashop24.de
      ipcam-shop.example.com
      cameraplus.s3.amazonaws.com
      """),
    Values(
      .httpServer,
      """
      nginx/1.24.0
      Apache/2.4.57 (Debian)
      lighttpd/1.4.35
      Boa/0.94.14rc21
      Boa/0.93.15
      GoAhead-Webs
      thttpd/2.25b 29dec2003
      mini_httpd/1.19 19dec2003
      micro_httpd
      RomPager/4.07 UPnP/1.0
      Virata-EmWeb/R6_2_1
      HP HTTP Server; HP LaserJet Pro M404n
      Microsoft-IIS/10.0
      Microsoft-HTTPAPI/2.0
      AirTunes/366.0
      CUPS/2.4 IPP/2.1
      debut/1.20
      Lanier/1.0
      Werkzeug/2.0.1 Python/3.9
      ESP8266 Web Server
      Allegro-Software-RomPager/4.34
      Embedthis-Appweb/3.3
      TP-LINK Router UPnP/1.0
      Synology
      """),
    Values(
      .httpTitle,
      """
      FRITZ!Box
      RouterOS router configuration page
      TP-Link Archer C7
      HP LaserJet Pro M404n
      EPSON ET-2750
      Canon imageRUNNER Remote UI
      Brother MFC-L2710DW series
      Synology DiskStation
      Home Assistant
      OctoPrint
      Pi-hole
      Philips hue
      Tasmota
      Shelly Plug
      Polycom - Configuration Utility
      Login
      Index of /
      Plex
      HDHomeRun DVR
      """),
    Values(
      .httpRealm,
      """
      Login to the router web server
      TP-LINK Wireless N Router WR841N
      DIR-615
      NETGEAR R7000
      Linksys WRT54G
      Broadband Router
      index.html
      Printer
      HP-ChaiSOE
      TiVo DVR
      Login to device
      """),
    Values(
      .snmpDescription,
      """
      HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153
      Brother NC-8700w, Firmware Ver.1.20
      Cisco IOS Software, C2960 Software
      Linux diskstation 4.4.180
      RouterOS RB750Gr3
      APC Web/SNMP Management Card
      ; AXIS 1440; Print Server; 6.10
      AXIS 5600+ Network Print Server V7.00
      Polycom SoundStation IP 6000
      Room Alert 32E v2.2.0, AVTECH Software, Inc.
      SHARP MX-M363N
      Arista Networks EOS version 4.28 running on an Arista Networks DCS-7050S-52
      Canon iR-ADV C5235
      TANDBERG Codec video conference camera
      SIMATIC NET, IPC Siemens
      """),
    Values(
      .ftpBanner,
      """
      220 (vsFTPd 3.0.3)
      220 ProFTPD Server ready.
      220 FTP print service:V-1.13/Use the network password for the ID if updating.
      220 AXIS 5400 Network Print Server V5.51 ready.
      220 Camera photo archive
      """),
    Values(
      .rtspServer,
      """
      AirTunes/366.0
      VLC/3.0.18
      GStreamer RTSP server
      Wowza Streaming Engine 4.8
      HDHomeRun/1.0
      """),
  ]

  @Test(arguments: everyday)
  func peoplesDevicesAreNoCameras(_ everyday: Values) {
    for value in everyday.values {
      let claim = claim(everyday.field, value)
      #expect(
        claim == nil || claim!.strength < .likely, "\"\(value)\": \(claim?.id ?? "") says \(claim?.says.rawValue ?? "")")
    }
  }

  // MARK: What is a camera, in its own words

  static let cameras: [Values] = [
    Values(
      .httpServer,
      """
      Hikvision-Webs
      DNVRS-Webs
      App-webs/
      Cross Web Server
      dcs-lig-httpd
      alphapd/2.1.8
      SQ-WEBCAM
      Network Camera with Pan/Tilt
      Netwave IP Camera
      Camera Web Server/1.0
      Vivotek Network Camera
      VVTK-HTTP-Server
      VB100
      VB150
      NetEVI/3.10
      gen5th/1.82.01
      IQinVision Embedded 1.0
      AvigilonOnvifNvt/1.0
      Linux/2.x.x UPnP/1.0 Avtech/1.0
      AV-TECH AV787 Video Web Server
      GeoHttpServer
      webcamXP 5
      yawcam
      BlueIris-HTTP/1.1
      MJPG-Streamer/0.2
      Motion/4.1.1
      IP Webcam Server 0.4
      uc-httpd 1.0.0
      JAWS/1.0 Jan 23 2014
      IPCamera-Web
      Linux/3.0.8 UPnP/1.0 IPCamera/1.0
      EverFocus
      """),
    Values(
      .httpRealm,
      """
      IPCamera Login
      IP Camera
      Internet Camera
      netcam
      DCS-932L
      TV-IP110
      TRENDnet TV-IP551W
      TP-LINK IP-Camera
      JVCCAM Authorization
      Sony Network Camera SNC-RZ25N
      Arecont Vision
      Login to 1C01234PAA00001
      Linksys WVC54GCA
      AXIS_ACCC8E network camera
      ACTi
      Brickcom
      IPCAM
      Video Server
      DVR
      Hikvision
      TVIP11500
      Y-cam
      """),
    Values(
      .httpTitle,
      """
      NETSurveillance WEB
      DVR Login
      WebCam Viewer
      AXIS Video Server
      AXIS 2100 Network Camera
      Live view / - AXIS 205 version 4.03
      Network Camera
      Grandstream GXV3611IR_HD
      Lorex
      Swann DVR
      GANZ Network Camera
      iPOLiS
      Hanwha Techwin
      --- VIDEO WEB SERVER ---
      Milesight Network Camera
      ReeCam IP Camera
      Foscam IPCam Client
      IPCam Client
      Toshiba Network Camera IK-WB15A
      StarDot NetCam
      ACTi Web Configurator
      Web Client for DVR
      SNC-RZ30 Home
      TOA Network Camera
      JVC VN-C215V4
      Mobotix M24
      IQeye 3
      Panasonic BB-HCM511
      NetCamSC
      IPC2122LB
      Sanyo VCC-HD2300 network camera
      Edimax IC-3010
      VB-C50iR
      """),
    Values(
      .rtspServer,
      """
      Hipcam RealServer/V1.0
      H264DVR 1.0
      Dahua Rtsp Server
      Rtsp Server/3.0
      UBNT Streaming Server v1.2
      HiIpcam/V100R003 VodServer/1.0.0
      """),
    Values(
      .rtspRealm,
      """
      HIipCamera
      IP Camera(C1234)
      Embedded Net DVR
      """),
    Values(
      .ftpBanner,
      """
      220 AXIS 211 Network Camera 4.40 (Feb 10 2006) ready.
      220 Network Camera FTP server ready
      220 DCS-2121 FTP server
      """),
    Values(
      .telnetBanner,
      """
      ipcam login:
      dvrdvs login:
      hi3516cv300 login:
      Ambarella login:
      """),
    Values(
      .snmpDescription,
      """
      AXIS M1065-L Network Camera 8.40.1
      ; AXIS 241Q; Video Server; 4.40
      VIVOTEK Network Camera
      Pelco Sarix IXE20DN
      SNC-CH140
      Embedded Network Video Recorder
      """),
    Values(
      .tlsCertificateSubject,
      """
      CN=IPCamera,O=Example,C=CN
      CN=camera.ubnt.dev,O=Ubiquiti
      CN=AVIGILON-CAMERA-123
      CN=BR-100,O=Brickcom Corporation
      """),
    Values(
      .ssdpServer,
      """
      Linux/2.6.18 UPnP/1.0 IPCamera/1.0
      Embedded UPnP/1.0 DCS-5009L/1.0
      """),
    Values(
      .ssdpModel,
      """
      IPC-C22EP
      DCS-935L
      Wireless Internet Camera
      DS-2CD2032-I
      """),
  ]

  /// One such sentence by itself makes a device at least possible: nothing less than `likely` does.
  @Test(arguments: cameras)
  func camerasAreCameras(_ cameras: Values) {
    for value in cameras.values {
      let claim = claim(cameras.field, value)
      #expect(claim.map { $0.strength >= .likely } ?? false, "\"\(value)\": \(claim?.id ?? "nothing")")
    }
  }

  // MARK: What a camera maker's other things say in all

  /// Prefix, host name and clouds of plugs, chimes and locks of makers that are known for cameras.
  static let cousins: [[(Field, String)]] = [
    [(.ethernetOUI, "2caa8e010203"), (.dhcpHostname, "WLPP1-2CAA8E010203"), (.dnsQuery, "us-1.gateway.wyze.com")],
    [(.ethernetOUI, "54e019010203"), (.dhcpHostname, "RingChime-3b"), (.dnsQuery, "fw.ring.com"), (.dnsQuery, "es.ring.com")],
    [(.dhcpHostname, "P110"), (.dnsQuery, "security.iot.i.tplinknbu.com")],
    [(.dhcpHostname, "T8520-LOCK"), (.dnsQuery, "extend.eufylife.com"), (.dnsQuery, "security-smart.eufylife.com")],
  ]

  @Test(arguments: cousins.indices)
  func camerasCousinsAreNoCameras(_ index: Int) {
    let observations = Self.cousins[index].map { Observation(field: $0.0, text: $0.1, subject: Station()) }
    let met = Self.set.match(observations)
    let weighing = Weighing(met.map { .init(says: $0.says, facet: $0.facet, strength: $0.strength) })
    #expect(weighing.verdict < .probable, "\(Self.cousins[index][1].1): \(met.map(\.id))")
  }
}
