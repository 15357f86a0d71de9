import Detection
import Testing

extension EverydayTests {
  /// Values with which cameras name themselves.
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
    Values(
      .rtspPath,
      """
      /Streaming/Channels/102
      /ISAPI/Streaming/channels/101
      /h264/ch1/sub/av_stream
      /cam/realmonitor
      /h264Preview_01_sub
      /Preview_01_main
      /axis-media/media.amp
      /videoMain
      /onvif1
      /user=_password=_channel=1_stream=0.sdp
      /unicast/c1/s1/live
      /profile2/media.smp
      /ch0_1.h264
      /tcp/av0_0
      """),
    Values(
      .onvifHardware,
      """
      DH-XVR5108HS-X
      DHI-NVR4104HS-4KS2
      DS-7608NI-K2
      iDS-7208HQHI-M1
      NVR301-04X
      XRN-820S
      RLN8-410
      VIGI NVR1008H
      DS-2CD2143G2-I
      IPC-HFW2431S
      """),
    Values(
      .onvifName,
      """
      Tapo_C210
      AXIS P3245-LVE
      Reolink RLN8-410 NVR
      AXIS S3008
      """),
  ]
}
