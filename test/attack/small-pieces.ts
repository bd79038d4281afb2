/** Attackers that send many minimal pieces: the cost must follow from the bytes, not from the number of pieces. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { Couple } from '../support/couple.ts';
import { bytes, int, login, loginPrivate, message, str } from '../support/raw-hex.ts';
import { connectPage, type RawPage } from '../support/raw-page.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { addressOf, type Attack, type Field } from './field.ts';

const WINDOW = 256 * 1024;
/** Number of pieces that each attacker sends. */
const PIECES = 120_000;
/** Time, in ms, before the attackers may go on. */
const HELD = 4_000;
/** Number of private connections that one couple negotiates. */
const PER_COUPLE = 20;
const FRAGMENTS = 16_000;

/** Builds a frame with this first byte around a payload, with a mask of zeros. */
function frame(first: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(first, 0x80 | payload.length, 0, 0, 0, 0), payload]);
}

const SINGLES = Buffer.concat(Array<Buffer>(1000).fill(frame(0x82, Uint8Array.of(0x70))));

function under({ socket }: { readonly socket: WebSocket }): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

/** Negotiates as many connect_ids as there are attackers. */
async function idsOf({ gateway, count }: Field): Promise<number[]> {
  const ids: number[] = [];
  for (let couple = 0; ids.length < count; couple++) {
    const two = await Couple.join(
      gateway,
      [`x${couple}`, `y${couple}`],
      [addressOf(2 * couple), addressOf(2 * couple + 1)],
    );
    while (ids.length < count && ids.length < (couple + 1) * PER_COUPLE) ids.push(await two.negotiate());
  }
  return ids;
}

/** Private connections of pages whose reader takes nothing for a while, and whose writer sends single bytes meanwhile. */
export const heldPieces: Attack = async (field) => {
  const pairs: Array<{ writer: RawPage; reader: RawPage }> = [];
  for (const [i, id] of (await idsOf(field)).entries()) {
    const localAddress = addressOf(500 + i);
    const [writer, reader] = [
      await connectPage(field.gateway, { localAddress }),
      await connectPage(field.gateway, { localAddress }),
    ];
    for (const page of [writer, reader]) page.send(loginPrivate(id));
    for (const page of [writer, reader]) await page.token();
    pairs.push({ writer, reader });
    field.note('private connections');
  }
  return () => {
    for (const { writer, reader } of pairs) {
      const full = Buffer.alloc(WINDOW + 1);
      for (let at = 0; at < full.length; at += 32_768) writer.socket.send(full.subarray(at, at + 32_768));
      for (let sent = 0; sent < PIECES; sent += 1000)
        under(writer).write(SINGLES, (error) => error || field.note('pieces taken', 1000));
      // Acknowledges at once from now on.
      const tell = () => reader.say({ type: 'received', bytes: reader.received });
      setTimeout(() => {
        tell();
        reader.socket.on('message', (data: Buffer, isBinary) => {
          if (isBinary) field.note('KB that came', data.length / 1000);
          if (isBinary) tell();
        });
      }, HELD);
    }
  };
};

/** First sides of private connections that send single bytes while they wait for the other (D19). */
export const waitingPieces: Attack = async (field) => {
  const endpoints: RawPage[] = [];
  const ids = await idsOf(field);
  for (const [i, id] of ids.entries()) {
    const page = await connectPage(field.gateway, { localAddress: addressOf(500 + i) });
    page.send(loginPrivate(id));
    endpoints.push(page);
    field.note('waiting');
  }
  return async () => {
    for (const page of endpoints)
      for (let sent = 0; sent < PIECES; sent += 1000)
        under(page).write(SINGLES, (error) => error || field.note('pieces taken', 1000));
    await new Promise((resolve) => setTimeout(resolve, HELD));
    for (const [i, id] of ids.entries()) {
      const endpoint = await connectRaw(field.gateway, 'tcp', addressOf(500 + i));
      endpoint.inbox.divert((data) => field.note('KB that came', data.length / 1000));
      await endpoint.write(bytes(loginPrivate(id)));
    }
  };
};

/**
 * Messages in single-byte fragments that never end: of a LOGIN, of a MESSAGE, empty, and of a text. One that is cut
 * connects again.
 */
export const fragments: Attack = ({ gateway, count, note }) => {
  const { host, port } = gateway.addresses.http;
  const one = (index: number): void => {
    const kind = index % 4;
    const socket = new WebSocket(`ws://${host}:${port}/ws`, [kind === 3 ? 'chaton.web.v1' : 'chaton.v1'], {
      localAddress: addressOf(index),
      origin: `http://${host}:${port}`,
    });
    socket.on('error', () => note('rejected'));
    socket.on('close', () => setTimeout(one, 1000, index));
    socket.on('open', () => {
      note('connected');
      const name = `f${index}`;
      if (kind === 1) socket.send(bytes(login(name)));
      const said = bytes(
        kind === 1 ? message(name, 'x'.repeat(1000)) : '00' + int(1000) + str('x'.repeat(996)).slice(8),
      );
      const opening = frame(kind === 3 ? 0x01 : 0x02, new Uint8Array(0));
      const pieces = Array.from({ length: FRAGMENTS }, (_, i) =>
        frame(0, kind === 2 ? new Uint8Array(0) : Uint8Array.of(kind === 3 ? 0x20 : said[i % said.length]!)),
      );
      under({ socket }).write(Buffer.concat([opening, ...pieces]));
      note('fragments', FRAGMENTS);
    });
  };
  return Promise.resolve(() => {
    for (let index = 0; index < count; index++) one(index);
  });
};
