"""What an evidence pack for central must not have: anybody but the camera."""
import io
import ipaddress
import os
import re
import sqlite3
import tempfile
import zipfile

from pcapng import Recording

STAND_IN = {"mac": bytes.fromhex("020000000001"), "v4": ipaddress.ip_address("192.0.2.1").packed}


def others(database, device):
    """Texts and bytes by which all other devices of a database can be known."""
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = store.execute("SELECT mac, addresses, hostname, role, verdict FROM device WHERE id <> ?", (device,)).fetchall()
    own = (store.execute("SELECT mac, addresses, hostname FROM device WHERE id = ?", (device,)).fetchone() or ("", "", ""))
    store.close()
    texts, raw = set(), set()
    for mac, addresses, hostname, role, verdict in rows:
        if mac:
            raw.add(bytes.fromhex(mac.replace(":", "")))
            texts |= {mac, mac.replace(":", ""), mac.replace(":", "-")}
        for address in (addresses or "").split():
            texts.add(address)
            raw.add(ipaddress.ip_address(address).packed)
        if hostname and not (role in ("camera", "recorder") and verdict in ("camera", "probable")):
            texts.add(hostname)
    spared = {own[0] or "", own[2] or "", *(own[1] or "").split()}
    return {text.lower() for text in texts if len(text) > 3} - {text.lower() for text in spared}, raw


def others_in(pack, database, alert):
    """What a pack has of others; empty for nothing."""
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    device, = store.execute("SELECT device FROM alert WHERE id = ?", (alert,)).fetchone()
    store.close()
    texts, raw = others(database, device)
    found = []
    archive = zipfile.ZipFile(io.BytesIO(pack))
    for name in archive.namelist():
        if name.startswith("signatures/") or name in ("manifest.sha256", "manifest.sig", "public.pem"):
            continue
        text = archive.read(name).decode("latin-1").lower()
        found += [f"{name}: {word}" for word in texts if re.search(r"(?<![0-9a-z])" + re.escape(word) + r"(?![0-9a-z])", text)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "proof.pcapng")
        with open(path, "wb") as file:
            file.write(archive.read("proof.pcapng"))
        frames = [frame for _, frame in Recording(path).frames]
    mac = bytes.fromhex(device.removeprefix("mac:").split("@")[0].replace(":", ""))
    for number, frame in enumerate(frames, 1):
        if frame[6:12] != mac or not (frame[0] & 1 or frame[:6] == STAND_IN["mac"]):
            found.append(f"packet {number} is not the camera's own: {frame[:14].hex()}")
        found += [f"packet {number} has {part.hex()}" for part in raw if part in frame]
    if not frames:
        found.append("there are no packets to look at")
    return found
