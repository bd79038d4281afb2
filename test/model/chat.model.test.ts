import fc from 'fast-check';
import { expect, it } from 'vitest';
import { turns } from './actions.ts';
import { TwinRoom } from './room.ts';

/** Number of commands to be sent in total; CHATON_MODEL_COMMANDS asks for more. */
const COMMANDS = Number(process.env['CHATON_MODEL_COMMANDS'] ?? 20_000);
/** Divisor for the number of runs; one run sends some 170 commands, and the total has to be reached. */
const PER_RUN = 125;

/** Everything that can happen to a command or a connection; a script that never gets there shows nothing. */
const EVERYTHING = [
  'identified',
  'not identified',
  'not the own login',
  'to oneself',
  'unknown login',
  'no such request',
  'too many requests',
  'unknown opcode',
  'opcode of the other side',
  'negative size',
  'size over the limit',
  'invalid UTF-8',
  'too many refused logins',
  'too many ignored commands',
  'LOGIN_PRIVATE after identification',
  'unknown connect_id',
  'too many wrong connect_ids',
  'connect_id lapsed',
  'established',
  'relay finished',
  'other leg lost',
  'connection lost',
  'left',
];

it(
  '§1–§4, D2–D21: whatever six clients do, and however it is cut, the gateway does what the model does',
  { timeout: 180_000 + COMMANDS },
  () => {
    let commands = 0;
    const counts = new Map<string, number>();
    const property = fc.property(turns, (script) => {
      const room = new TwinRoom(counts);
      for (const actions of script) room.turn(actions);
      room.close();
      commands += room.commands;
    });
    const runs = Math.ceil(COMMANDS / PER_RUN);
    // A failure prints its seed; CHATON_SEED repeats the run.
    fc.assert(property, { numRuns: runs });
    expect(commands).toBeGreaterThanOrEqual(COMMANDS);
    expect([...counts.keys()].sort()).toEqual([...EVERYTHING].sort());
  },
);
