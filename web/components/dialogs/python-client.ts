/**
 * A client in Python 3, which asks for a name, says it, and shows what it hears: whoever copies it needs another one.
 * @param question in words
 */
export function clientOf(host: string, port: number, question: string, isSecure: boolean): string {
  const where = `${JSON.stringify(host.replace(/^\[|\]$/g, ''))}, ${port}`;
  const plain = `socket.create_connection((${where}))`;
  const connect = isSecure
    ? `ssl.create_default_context().wrap_socket(${plain}, server_hostname=${JSON.stringify(host)})`
    : plain;
  return [
    `import socket${isSecure ? ', ssl' : ''}; n = input(${JSON.stringify(`${question}: `)}).encode(); s = ${connect}`,
    's.sendall(b"\\0" + len(n).to_bytes(4, "big") + n)',
    'while d := s.recv(4096): print(d.hex(" "))',
  ].join('\n');
}
