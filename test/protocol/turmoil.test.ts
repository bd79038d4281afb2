import { expect, it } from 'vitest';
import { dice, type Roll } from '../support/random.ts';
import { ACCEPTED, commands, login, message, privateMessage, REFUSED, str } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { describeOverEachTransport, type Room } from '../support/raw-room.ts';

const RESIDENTS = ['r0', 'r1', 'r2', 'r3'];
const COMERS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
const EVERYONE = [...RESIDENTS, ...COMERS];
const STEPS = 1200;
/** Number of LOGINs of each client, below the 10 refusals of D7. */
const LOGINS_EACH = 8;

/** Client, and what it sent that has an answer or a recipient, in order. */
interface Client {
  readonly name: string;
  readonly peer: RawConnection;
  readonly sent: string[];
  refusals: number;
}

/** Sends one random command of a client: mostly broadcasts, some private, some refused, some ignored. */
function step(client: Client, number: number, roll: Roll): void {
  const { name, peer, sent } = client;
  const kind = roll(10);
  const text = `${number} ${'x'.repeat(roll(400))}`;
  let command = message(name, text);
  if (kind === 0 && client.refusals < LOGINS_EACH) {
    client.refusals++;
    command = login('');
  } else if (kind === 1) {
    peer.send(message('nobody', text));
    return;
  } else if (kind < 5) {
    const target = EVERYONE[roll(EVERYONE.length)] ?? '';
    command = privateMessage(name, target, text);
    if (target === name) {
      peer.send(command);
      return;
    }
  }
  sent.push(command);
  peer.send(command);
}

/** Makes random traffic, most of it in the same moment; gives all that each client received. */
async function makeTurmoil(room: Room, seed: number): Promise<Map<Client, string[]>> {
  const roll = dice(seed);
  const client = (name: string, peer: RawConnection): Client => ({ name, peer, sent: [], refusals: 0 });
  const clients: Client[] = [];
  for (const name of RESIDENTS) clients.push(client(name, await room.join(name)));
  const comers: Client[] = [];
  for (const name of COMERS) comers.push(client(name, await room.connect()));

  for (let number = 0; number < STEPS; number++) {
    const comer = number % 100 === 50 ? comers.shift() : undefined;
    if (comer) {
      comer.refusals = 2;
      comer.sent.push(login(''), login('r1'), login(comer.name));
      comer.peer.send(login('') + login('r1') + login(comer.name));
      clients.push(comer);
    }
    const one = clients[roll(clients.length)];
    if (one) step(one, number, roll);
    if (roll(40) === 0) await new Promise(setImmediate);
  }
  await room.barrier();
  // All of it is read and queued by now; the queue is still delivered to a client that ends its writing (D9).
  for (const { peer } of clients) peer.end();
  const heard = new Map<Client, string[]>();
  for (const one of clients) heard.set(one, commands(await one.peer.readToEnd()));
  return heard;
}

const isFrom = (name: string) => (command: string) =>
  command.slice(2).startsWith(str(name)) && !isLogin(command);
const isBroadcast = (command: string): boolean => command.startsWith('03');
const isLogin = (command: string): boolean => command.startsWith('00');
const isAnswer = (command: string): boolean => command === ACCEPTED || command === REFUSED;

/** Answers and echoes that a client must get for what it sent, in that order. */
function ownView({ name, sent }: Client): string[] {
  const answers = sent.map((command) => {
    if (isLogin(command)) return command === login(name) ? ACCEPTED : REFUSED;
    return isBroadcast(command) ? command : '';
  });
  return answers.filter((answer) => answer !== '');
}

describeOverEachTransport('order in a turmoil', (room) => {
  it.each([1, 2, 3, 4, 5])('D14: everyone sees one order, and each sender’s own (seed %i)', async (seed) => {
    const heard = await makeTurmoil(room, seed);
    const clients = [...heard.keys()];
    const everything = [...heard.values()][0]?.filter(isBroadcast) ?? [];
    expect(everything).toHaveLength(clients.flatMap(({ sent }) => sent.filter(isBroadcast)).length);

    for (const [client, stream] of heard) {
      const own = isFrom(client.name);
      expect(stream.filter((command) => isAnswer(command) || own(command))).toEqual(ownView(client));
      // A resident has received all of it; a newcomer all from its LOGIN_ACCEPTED on, and nothing but refusals before.
      const start = stream.includes(ACCEPTED) ? stream.indexOf(ACCEPTED) : 0;
      expect(stream.slice(0, start).every(isAnswer)).toBe(true);
      const broadcasts = stream.filter(isBroadcast);
      expect(broadcasts).toEqual(everything.slice(-broadcasts.length));
      if (!stream.includes(ACCEPTED)) expect(broadcasts).toEqual(everything);

      for (const sender of clients) {
        if (sender === client) continue;
        const meant = sender.sent.filter(
          (command) => isBroadcast(command) || command.startsWith('04' + str(sender.name) + str(client.name)),
        );
        const got = stream.filter(isFrom(sender.name));
        expect(got).toEqual(got.length === 0 ? [] : meant.slice(-got.length));
        if (!stream.includes(ACCEPTED)) expect(got).toEqual(meant);
      }
    }
  });
});
