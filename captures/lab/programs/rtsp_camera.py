"""A camera: H.264 (and with --audio G.711) over RTSP, by GStreamer's RTSP server."""

import argparse

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

VIDEO = ("videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=10/1"
         " ! x264enc bitrate={rate} key-int-max=20 tune=zerolatency speed-preset=ultrafast threads=1"
         " ! video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=1")
AUDIO = (" audiotestsrc is-live=true wave=silence ! audio/x-raw,rate=8000,channels=1"
         " ! alawenc ! rtppcmapay name=pay1 pt=8 min-ptime=100000000")


def main():
    arguments = parse_arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("::")  # IPv4 as well
    server.set_service(str(arguments.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {VIDEO.format(rate=arguments.rate)}{AUDIO if arguments.audio else ''} )")
    factory.set_shared(True)
    if arguments.password:
        ask_for_password(server, factory, *arguments.password.split(":"))
    server.get_mount_points().add_factory(arguments.path, factory)
    server.attach(None)
    print("ready")
    GLib.MainLoop().run()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=554)
    parser.add_argument("--path", required=True)
    parser.add_argument("--rate", type=int, default=64, help="kbit/s")
    parser.add_argument("--audio", action="store_true")
    parser.add_argument("--password", help="USER:PASSWORD, asked for by Digest")
    return parser.parse_args()


def ask_for_password(server, factory, user, password):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    role = "viewer"
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", role)
    auth.add_digest(user, password, token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(role, "media.factory.access", True)
    permissions.add_permission_for_role(role, "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


main()
