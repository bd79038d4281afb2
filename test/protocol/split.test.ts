import { it } from 'vitest';
import {
  ACCEPTED,
  bytes,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { describeOverEachTransport, expectClosed, leave, type Room } from '../support/raw-room.ts';
import { UNLIMITED } from '../support/unlimited.ts';

interface Transcript {
  readonly title: string;
  readonly sent: string;
  /** Answers on the connection itself. */
  readonly answers: string;
  /** Bytes that another client in the room, bob, gets. */
  readonly bob: string;
  /** Close code of a WebSocket; set when the gateway closes the connection by itself. */
  readonly closes?: number;
}

const IN = login('alice');

/** Every command that a client may send; §3's go to nobody here, so that only reading them matters. */
const TRANSCRIPTS: readonly Transcript[] = [
  { title: 'LOGIN, accepted', sent: login('é😺'), answers: ACCEPTED, bob: '' },
  { title: 'LOGIN, refused', sent: login('bob'), answers: REFUSED, bob: '' },
  {
    title: 'MESSAGE',
    sent: IN + message('alice', 'hé 😺'),
    answers: ACCEPTED + message('alice', 'hé 😺'),
    bob: message('alice', 'hé 😺'),
  },
  {
    title: 'MESSAGE, empty, twice',
    sent: IN + message('alice', '').repeat(2),
    answers: ACCEPTED + message('alice', '').repeat(2),
    bob: message('alice', '').repeat(2),
  },
  {
    title: 'MESSAGE_PRIVATE',
    sent: IN + privateMessage('alice', 'bob', 'hé 😺'),
    answers: ACCEPTED,
    bob: privateMessage('alice', 'bob', 'hé 😺'),
  },
  {
    title: 'REQUEST_PRIVATE',
    sent: IN + requestPrivate('alice', 'zoé') + message('alice', ''),
    answers: ACCEPTED + message('alice', ''),
    bob: message('alice', ''),
  },
  {
    title: 'OK_PRIVATE',
    sent: IN + okPrivate('zoé', 'alice') + message('alice', ''),
    answers: ACCEPTED + message('alice', ''),
    bob: message('alice', ''),
  },
  {
    title: 'KO_PRIVATE',
    sent: IN + koPrivate('zoé', 'alice') + message('alice', ''),
    answers: ACCEPTED + message('alice', ''),
    bob: message('alice', ''),
  },
  {
    title: 'LOGIN_PRIVATE on an identified connection (D10)',
    sent: IN + loginPrivate(-2),
    answers: ACCEPTED,
    bob: '',
    closes: 1008,
  },
];

/** Clients beside the one whose bytes are cut. */
interface Others {
  readonly bob: RawConnection;
  /** Sends only what is answered: an answer shows that what others sent before was read. */
  readonly probe: RawConnection;
}

async function others(room: Room): Promise<Others> {
  return { bob: await room.join('bob'), probe: await room.connect() };
}

/** Sends the pieces so that the gateway reads each by itself, and expects the transcript's result. */
async function expectSame(
  room: Room,
  { bob, probe }: Others,
  pieces: readonly Buffer[],
  wanted: Transcript,
): Promise<void> {
  const peer = await room.connect();
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) {
      probe.send(login(''));
      await probe.expect(REFUSED);
    }
    peer.send(piece);
  }
  if (wanted.closes === undefined) peer.end();
  await peer.expect(wanted.answers);
  if (wanted.closes === undefined) await peer.expectEnd();
  else await expectClosed(peer, wanted.closes);
  await bob.expect(wanted.bob);
}

const suite = (room: Room): void => {
  it.each(TRANSCRIPTS)('D24: $title gives the same result, cut in two at every point', async (transcript) => {
    const beside = await others(room);
    const sent = bytes(transcript.sent);
    await expectSame(room, beside, [sent], transcript);
    for (let at = 1; at < sent.length; at++) {
      await expectSame(room, beside, [sent.subarray(0, at), sent.subarray(at)], transcript);
    }
    await leave(beside.bob, beside.probe);
  });

  it.each(TRANSCRIPTS)('D24: $title gives the same result, byte by byte', async (transcript) => {
    const beside = await others(room);
    const sent = [...bytes(transcript.sent)].map((byte) => Buffer.of(byte));
    await expectSame(room, beside, sent, transcript);
    await leave(beside.bob, beside.probe);
  });

  it('D24: the longest command gives the same result, cut in two at every point', async () => {
    const [from, to] = ['a'.repeat(30), 'b'.repeat(30)];
    const sender = await room.join(from);
    const target = await room.join(to);
    const command = privateMessage(from, to, '😺'.repeat(256));
    const sent = bytes(command);
    for (let at = 1; at < sent.length; at++) {
      sender.sendPieces([sent.subarray(0, at), sent.subarray(at)]);
      await target.expect(command);
    }
    await leave(sender, target);
  });
};

// The probe is refused as often as it asks (D7), and no rate limit may delay it.
describeOverEachTransport('bytes cut anywhere', suite, { ...UNLIMITED, maxRefusals: 1e9 });
