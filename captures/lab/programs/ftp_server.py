"""An FTP server that everybody may write to, by pyftpdlib."""

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

folder, address = sys.argv[1:]
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_user("cam", "cam", folder, perm="elradfmw")
FTPHandler.banner = "FTP server ready"
FTPHandler.passive_ports = range(50000, 50100)
server = FTPServer((address, 21), FTPHandler)
print("ready")
server.serve_forever()
