/** The invitation: how others come into this room, with a page or with a client of their own. */
import { useMemo, useState } from 'preact/hooks';
import { generate } from 'lean-qr';
import { Opcode } from '../../../shared/protocol/commands.ts';
import { encode } from '../../../shared/protocol/encoder.ts';
import { toHex } from '../../net/wire-lines.ts';
import { freeName } from '../../selectors/names.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import type { AboutRoom } from '../../../shared/protocol/about-room.ts';
import { Copy } from '../base/copy-button.tsx';
import { useAboutRoom } from '../base/use-about-room.ts';
import { Dialog } from './dialog.tsx';
import { clientOf } from './python-client.ts';
import { isThisMachine } from './this-machine.ts';

export function Invite({ state, onClose }: { state: State; onClose: () => void }) {
  const { text } = useLazyTools();
  const about = useAboutRoom();
  const [address] = useState(() => new URL('.', document.baseURI).href);
  const isLocal = isThisMachine(new URL(address).hostname);
  return (
    <Dialog title={text.tools.invite} class="invite" onClose={onClose}>
      <section>
        <h3>{text.invite.page}</h3>
        {isLocal && <p class="warning">{text.invite.local}</p>}
        <p class="copyable address">
          <code translate={false}>{address}</code>
          <Copy words={text.message.copy} content={() => address} />
        </p>
        {!isLocal && <QrCode of={address} label={text.invite.qr} />}
        <p class="note">
          {text.invite.named(
            `${address}#name=${inAddress(freeName('Léa', state))}`,
            `${address}#to=${inAddress(state.lastName || 'bob')}`,
          )}
        </p>
      </section>
      <section>
        <h3>{text.invite.native}</h3>
        {about?.native && <Native native={about.native} name={freeName('lea', state)} />}
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

/** A name behind `#name=`, readable: only what would end the address, or mean something else in it, is encoded. */
function inAddress(name: string): string {
  return name.replace(/[\s%&+#]/g, encodeURIComponent);
}

/** @param name stands in the example */
function Native({ native, name }: { native: NonNullable<AboutRoom['native']>; name: string }) {
  const { first, text } = useLazyTools();
  const bytes = toHex(encode({ opcode: Opcode.LOGIN, login: name }));
  const port = native.tcp ?? native.tcpTls;
  const lines = port === null ? null : clientOf(native.host, port, first.join.name, native.tcp === null);
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
        <Copy words={text.message.copy} content={() => bytes} />
      </p>
      <p class="note">{text.invite.aboutLogin(name)}</p>
      {lines && (
        <>
          <h4>{text.invite.client}</h4>
          <div class="copyable">
            <pre translate={false}>{lines}</pre>
            <Copy words={text.message.copy} content={() => lines} />
          </div>
        </>
      )}
    </>
  );
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
