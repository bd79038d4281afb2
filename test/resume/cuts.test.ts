import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { dice, seedOr, type Roll } from '../support/random.ts';
import { bytes, commands, login, loginPrivate, message, str } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { ESTABLISHED } from '../support/relay-hex.ts';
import { RelayRoom, type Member } from '../support/relay-room.ts';
import { CutRoom, Sum, type CutPage } from './cut-room.ts';

/** Seed of this run, which the title has; CHATON_SEED repeats its cuts, texts and noise. */
const SEED = seedOr(20_261_122);
const RESUMES = 500;
/**
 * Number of writers, each with a random generator of its own: what one writes does not depend on the timing of another.
 */
let writers = 0;
const ownRoll = (): Roll => dice(SEED + ++writers);
const noise = (roll: Roll): Uint8Array => Uint8Array.from({ length: roll(1_000) }, () => roll(256));

/** Side of a private connection, and what its owner wrote and read. */
interface Side {
  readonly written: Sum;
  readonly heard: Sum;
  write(data: Uint8Array): void;
  end(): void;
}

/** Client that talks in the room. */
interface Talker {
  readonly roll: Roll;
  readonly name: string;
  readonly page: CutPage;
  /** Bytes that came since the cutting began, in hex. */
  heard: string;
  said: string;
}

let room: CutRoom;
let members: RelayRoom;
let owners: readonly [Member, Member];
let native: RawConnection;

/** Establishes a private connection between two pages, or a page and a native client. */
async function privately(withNative: boolean): Promise<readonly [Side, Side]> {
  const id = await members.negotiate(...owners);
  const page = await room.open();
  const established = page.begin(loginPrivate(id), 1);
  await expect.poll(() => page.stream.token).not.toBeNull();
  let other: Side;
  if (withNative) other = await nativeSide(id);
  else {
    const second = await room.open();
    await second.begin(loginPrivate(id), 1);
    other = second;
  }
  await established;
  return [page, other];
}

async function nativeSide(id: number): Promise<Side> {
  const endpoint = await members.present(id, 'tcp');
  await endpoint.inbox.expect(ESTABLISHED);
  const side = { written: new Sum(), heard: new Sum() };
  endpoint.inbox.divert((data) => side.heard.add(data));
  const write = (data: Uint8Array) => {
    if (endpoint.waiting > 0) return;
    side.written.add(data);
    endpoint.send(data);
  };
  return { ...side, write, end: () => endpoint.end() };
}

async function talker(name: string): Promise<Talker> {
  const page = await room.open((data) => (joined.heard += Buffer.from(data).toString('hex')));
  const joined: Talker = { roll: ownRoll(), name, page, heard: '', said: '' };
  await page.begin(login(name), 1);
  return joined;
}

/** Waits until everyone has received the same up to here; what follows is compared. */
async function begin(talkers: readonly Talker[]): Promise<void> {
  const start = message('native', 'start');
  native.send(start);
  await native.expect(start);
  for (const one of talkers) {
    await expect.poll(() => one.heard.endsWith(start)).toBe(true);
    one.heard = '';
  }
}

/** Sends a message in two parts, cut anywhere: the gateway may have half a command when the connection drops. */
function say(one: Talker): void {
  if (!one.page.hasRoom) return;
  const said = message(one.name, `${one.said.length} ${'é'.repeat(one.roll(300))}`);
  one.said += said;
  const at = 1 + one.roll(said.length / 2 - 1);
  one.page.write(bytes(said).subarray(0, at));
  one.page.write(bytes(said).subarray(at));
}

afterEach(async () => {
  members.dropEveryone();
  await room.stop();
});

describe('connections of pages, cut at bytes chosen by chance (D28)', () => {
  it(`D28: ${RESUMES} resumes, in the room and in private: nothing lost, repeated or in another order (seed ${SEED})`, async () => {
    room = await CutRoom.start(SEED);
    members = new RelayRoom(room.gateway);
    owners = [await members.join('ann', 'tcp'), await members.join('bob', 'tcp')];
    const sides: (readonly [Side, Side])[] = [];
    const rolls = new Map<Side, Roll>();
    for (const withNative of [false, true, false, true, false]) sides.push(await privately(withNative));
    for (const side of sides.flat()) rolls.set(side, ownRoll());
    const talkers: Talker[] = [];
    for (const name of ['lea', 'noé', 'zoë', 'max', 'ida', 'tom']) talkers.push(await talker(name));
    ({ peer: native } = await members.join('native', 'tcp'));
    await begin(talkers);

    room.beginCutting();
    while (room.resumes < RESUMES) {
      for (const one of talkers) if (one.roll(3) === 0) say(one);
      for (const [side, roll] of rolls) side.write(noise(roll));
      await pass(1);
    }
    room.endCutting();
    for (const side of sides.flat()) side.end();

    // Everyone has received the same, and the messages of each are in it in the order in which they were sent.
    const length = talkers.reduce((sum, { said }) => sum + said.length / 2, 0);
    const transcript = await native.read(length);
    for (const { name, said } of talkers)
      expect(
        commands(transcript)
          .filter((command) => command.startsWith(`03${str(name)}`))
          .join(''),
      ).toBe(said);
    for (const one of talkers) await expect.poll(() => one.heard === transcript).toBe(true);

    for (const [one, other] of sides) {
      for (const side of [one, other])
        // A page that is cut behind its last byte has no close code.
        if ('closed' in side) await expect.poll(() => side.closed).toMatch(/^clean (1000)?$/);
      expect(one.heard.digest).toBe(other.written.digest);
      expect(other.heard.digest).toBe(one.written.digest);
    }
  }, 180_000);
});
