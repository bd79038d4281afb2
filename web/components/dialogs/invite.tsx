/** The invitation: how others come into this room, with a page or with a client of their own. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { generate } from 'lean-qr';
import { Opcode } from '../../../shared/protocol/commands.ts';
import { encode } from '../../../shared/protocol/encoder.ts';
import { toHex } from '../../net/wire-recorder.ts';
import { useLazyTools } from '../base/context.ts';
import type { AboutRoom } from '../../../shared/protocol/about-room.ts';
import { fetchAboutRoom } from '../../net/about-room.ts';
import { Copy } from './copy.tsx';
import { Dialog } from './dialog.tsx';

/** @param login the own one, or the one last used; it stands in the examples */
export function Invite({ login, onClose }: { login: string; onClose: () => void }) {
  const { text } = useLazyTools();
  const about = useAboutRoom();
  const [address] = useState(() => new URL('.', document.baseURI).href);
  const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(address).hostname);
  return (
    <Dialog title={text.tools.invite} class="invite" onClose={onClose}>
      <section>
        <h3>{text.invite.page}</h3>
        {isLocal && <p class="warning">{text.invite.local}</p>}
        <p class="copyable">
          <code translate={false}>{address}</code>
          <Copy words={text.wire.copy} content={() => address} />
        </p>
        <QrCode of={address} label={text.invite.qr} />
        <p class="note">{text.invite.named(`${address}#name=Léa`, `${address}#to=${login || 'bob'}`)}</p>
      </section>
      <section>
        <h3>{text.invite.native}</h3>
        {about?.native && <Native native={about.native} login={login} />}
        {about?.native === null && (
          <p>
            {text.invite.notTold} (
            <span class="option" translate={false}>
              --advertise
            </span>
            ).
          </p>
        )}
        {about === undefined && <p>{text.invite.unknown}</p>}
      </section>
    </Dialog>
  );
}

function Native({ native, login }: { native: NonNullable<AboutRoom['native']>; login: string }) {
  const { text } = useLazyTools();
  const name = login || 'lea';
  const bytes = toHex(encode({ opcode: Opcode.LOGIN, login: name }));
  const port = native.tcp ?? native.tcpTls;
  const lines = port === null ? null : clientOf(native.host, port, name, native.tcp === null);
  return (
    <>
      <dl>
        {(['tcp', 'tcpLong64', 'tcpTls'] as const).map((kind) =>
          native[kind] === null ? null : (
            <>
              <dt>{text.invite.ports[kind]}</dt>
              <dd>
                <code translate={false}>{`${native.host}:${native[kind]}`}</code>
              </dd>
            </>
          ),
        )}
      </dl>
      <h4>{text.invite.login}</h4>
      <p class="copyable">
        <code translate={false}>{bytes}</code>
        <Copy words={text.wire.copy} content={() => bytes} />
      </p>
      <p class="note">{text.invite.aboutLogin(name)}</p>
      {lines && (
        <>
          <h4>{text.invite.client}</h4>
          <div class="copyable">
            <pre translate={false}>{lines}</pre>
            <Copy words={text.wire.copy} content={() => lines} />
          </div>
        </>
      )}
    </>
  );
}

/** A client in Python 3, which says who it is, and shows what it hears. */
function clientOf(host: string, port: number, login: string, isSecure: boolean): string {
  const where = `${JSON.stringify(host.replace(/^\[|\]$/g, ''))}, ${port}`;
  const plain = `socket.create_connection((${where}))`;
  const connect = isSecure
    ? `ssl.create_default_context().wrap_socket(${plain}, server_hostname=${JSON.stringify(host)})`
    : plain;
  return [
    `import socket${isSecure ? ', ssl' : ''}; s = ${connect}; n = ${JSON.stringify(login)}.encode()`,
    's.sendall(b"\\0" + len(n).to_bytes(4, "big") + n)',
    'while d := s.recv(4096): print(d.hex(" "))',
  ].join('\n');
}

/** The QR code of a text, as one path; a dark square on white whatever the theme, so that every camera reads it. */
function QrCode({ of, label }: { of: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = generate(of);
    let found = '';
    for (let y = 0; y < code.size; y++)
      for (let x = 0; x < code.size; x++) if (code.get(x, y)) found += `M${x} ${y}h1v1h-1z`;
    return { size: code.size, path: found };
  }, [of]);
  return (
    <svg
      class="qr"
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** Returns the server's facts about this room; null until it has answered, undefined when it does not. */
function useAboutRoom(): AboutRoom | null | undefined {
  const [about, setAbout] = useState<AboutRoom | null | undefined>(null);
  useEffect(() => {
    const unwanted = new AbortController();
    fetchAboutRoom(unwanted.signal).then(setAbout, () => unwanted.signal.aborted || setAbout(undefined));
    return () => unwanted.abort();
  }, []);
  return about;
}
