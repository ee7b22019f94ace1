/**
 * `python3 probe.py WAY HOST PORT [SERVER-NAME]`, for what ordinary clients do not do. Prints one line:
 * `connected`, an answer, or the name and text of the error.
 */
export const PROBE = `import os, socket, ssl, struct, sys
way, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
server_name = sys.argv[4] if len(sys.argv) > 4 else None

def connect():
  return socket.create_connection((host, port), timeout=20)

def tunnel():
  "Asks the proxy, where there is one, and the server itself otherwise."
  if "HTTPS_PROXY" not in os.environ: return connect()
  connection = socket.create_connection(("127.0.0.1", 38128), timeout=20)
  connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\n\\r\\n".encode())
  status = connection.recv(65536).decode().split("\\r\\n")[0]
  if " 200 " not in status: raise OSError(status)
  return connection

def socks():
  connection = socket.create_connection(("127.0.0.1", 38108), timeout=20)
  connection.sendall(b"\\x05\\x01\\x00")
  connection.recv(2)
  name = host.encode()
  connection.sendall(b"\\x05\\x01\\x00\\x03" + bytes([len(name)]) + name + struct.pack(">H", port))
  reply = connection.recv(16)[1]
  if reply: raise OSError(f"SOCKS reply {reply}")
  return connection

def secure(connection):
  context = ssl.create_default_context()
  context.check_hostname = False
  context.verify_mode = ssl.CERT_NONE
  with context.wrap_socket(connection, server_hostname=server_name): pass

def question():
  "For the address of web.test."
  return bytes.fromhex("123401000001000000000000") + b"\\x03web\\x04test\\x00" + bytes.fromhex("00010001")

def ask(kind):
  connection = socket.socket(socket.AF_INET, kind)
  connection.settimeout(20)
  connection.connect((host, port))
  stream = kind == socket.SOCK_STREAM
  connection.sendall((struct.pack(">H", len(question())) if stream else b"") + question())
  return socket.inet_ntoa(connection.recv(512)[-4:])

def look_up():
  return socket.getaddrinfo(host, port)[0][4][0]

ways = {
  "connect": connect, "tunnel": tunnel, "socks": socks, "look-up": look_up,
  "tls": lambda: secure(connect()), "tunnel-tls": lambda: secure(tunnel()),
  "dns-udp": lambda: ask(socket.SOCK_DGRAM), "dns-tcp": lambda: ask(socket.SOCK_STREAM),
}
try:
  result = ways[way]()
  print(result if isinstance(result, str) else "connected")
except OSError as error: print(type(error).__name__, error)
`;
