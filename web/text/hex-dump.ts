/** Bytes for people: 8 to a line, in hex and, where they are visible, as ASCII. */
const PER_LINE = 8;

export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = [...bytes.subarray(at, at + PER_LINE)];
    const hex = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = line.map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${hex.padEnd(PER_LINE * 3)} ${ascii}`);
  }
  return lines.join('\n');
}
