/**
 * A client in Python 3, which asks for a name, says it, and shows what it hears: whoever copies it needs another one. It
 * works as a file and pasted into a running Python, which reads on for what `input` asks: so that is in the last line, and
 * no line before it waits for an empty one.
 * @param question in words
 */
export function clientOf(host: string, port: number, question: string, isSecure: boolean): string {
  // Only an address of a page has IPv6 in brackets.
  const where = JSON.stringify(host.replace(/^\[|\]$/g, ''));
  const plain = `socket.create_connection((${where}, ${port}))`;
  const connect = isSecure
    ? `ssl.create_default_context().wrap_socket(${plain}, server_hostname=${where})`
    : plain;
  return [
    `import socket${isSecure ? ', ssl' : ''}; login = lambda n: b"\\0" + len(n).to_bytes(4, "big") + n`,
    'hear = lambda s: [print(d.hex(" ")) for d in iter(lambda: s.recv(4096), b"")]',
    `n = input(${JSON.stringify(`${question}: `)}).encode(); s = ${connect}; s.sendall(login(n)); hear(s)`,
  ].join('\n');
}
