"""One end of a WebRTC call, by aiortc, with sound and video unless told otherwise. The two ends exchange their offers over a Unix socket:
the capture has no signalling, as if that were encrypted. Each end finally prints the number of packets of each kind."""

import argparse
import asyncio

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.contrib.media import MediaBlackhole, MediaPlayer
from aiortc.contrib.signaling import BYE, UnixSocketSignaling

# Small and slow, so that captures are.
VIDEO = "testsrc=size=160x120:rate=8"
AUDIO = "sine=frequency=300:sample_rate=48000"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["offer", "answer"])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--stun", help="HOST:PORT")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--video", default=VIDEO, help="a source of lavfi; `none`: this end sends no video")
    parser.add_argument("--audio", default=AUDIO, help="the same for sound")
    asyncio.run(call(parser.parse_args()))


async def call(arguments):
    servers = [RTCIceServer(f"stun:{arguments.stun}")] if arguments.stun else []
    peer = RTCPeerConnection(RTCConfiguration(servers))
    signaling = UnixSocketSignaling(arguments.socket)
    sink = MediaBlackhole()
    peer.on("track", sink.addTrack)
    if arguments.audio != "none":
        peer.addTrack(MediaPlayer(arguments.audio, format="lavfi").audio)
    if arguments.video != "none":
        peer.addTrack(MediaPlayer(arguments.video, format="lavfi").video)
    elif arguments.side == "offer":
        peer.addTransceiver("video", "recvonly")
    await signaling.connect()
    await (offer if arguments.side == "offer" else answer)(peer, signaling)
    await sink.start()
    print("ready")
    if arguments.side == "offer":
        await asyncio.sleep(arguments.seconds)
        await signaling.send(BYE)
    else:
        await signaling.receive()
    for report in (await peer.getStats()).values():
        if report.type == "inbound-rtp":
            print("received", report.kind, report.packetsReceived)
    await sink.stop()
    await peer.close()
    await signaling.close()


async def offer(peer, signaling):
    await peer.setLocalDescription(await peer.createOffer())
    await signaling.send(peer.localDescription)
    await peer.setRemoteDescription(await signaling.receive())


async def answer(peer, signaling):
    await peer.setRemoteDescription(await signaling.receive())
    await peer.setLocalDescription(await peer.createAnswer())
    await signaling.send(peer.localDescription)


main()
