/**
 * Fuzzes the operator's listener: any request is carried out or refused, never a failure, and the state that it leaves
 * can be read again.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fold, foldPattern, matches } from '../../server/admin/pattern.ts';
import { readState } from '../../server/admin/state-file.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { dice, pick, type Roll } from '../support/random.ts';

export interface OperatorReport {
  readonly requests: number;
  /** Number of requests that changed something. */
  readonly taken: number;
  readonly bansKept: number;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'] as const;
const PATHS = ['/clients', '/clients/7', '/clients/9e9', '/notice', '/nowhere', '/%ff'];
const TYPES = ['text/plain', 'application/x-www-form-urlencoded', ''];
const TIMES = [
  '1e999',
  '-0',
  '0',
  '1e20',
  '8640000000000000',
  '8640000000000001',
  '1.5',
  'null',
  '"x"',
  '{}',
];
const NETWORKS = [
  '::/0',
  '::ffff:1.2.3.4/100',
  '10.0.0.0/8',
  '10.0.0.0/08',
  'fe80::1%a',
  '1.2.3.4/33',
  '64:ff9b::1.2.3.4/96',
  '::',
];
const BITS = ['a', 'A', '*', '**', '?', '\\', '"', 'é', 'e\u0301', '😀', 'ß', 'İ', '.', '(', ' ', '٣'];
const NO_BITS = ['\u0000', '\ud83d'];
/** Number of concurrent requests: their changes are written one after the other. */
const AT_ONCE = 8;
/** Statuses that are no failure. */
const ANSWERS = [200, 400, 404, 405, 409, 413, 415];

/** Sends so many requests to a gateway of its own; throws at the first answer with another status. */
export async function fuzzOperator(
  requests: number,
  seed: number,
  onRequest?: (count: number) => void,
): Promise<OperatorReport> {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-fuzz-'));
  const stateFile = join(folder, 'refused.json');
  const lines: string[] = [];
  const log = (line: string) => void (/"level":[56]0/.test(line) && lines.push(line));
  const gateway = await startTestGateway({ adminPort: 0, stateFile, logLevel: 'warn' }, {}, undefined, log);
  try {
    const roll = dice(seed);
    let taken = 0;
    for (let count = 1; count <= requests; count += AT_ONCE) {
      const batch = Math.min(AT_ONCE, requests - count + 1);
      const verdicts = await Promise.all(Array.from({ length: batch }, () => send(gateway, roll)));
      taken += verdicts.filter(Boolean).length;
      for (let times = 0; times < batch; times++) {
        comparePatterns(roll);
        onRequest?.(count + times);
      }
      await compareKept(gateway, stateFile);
    }
    if (lines.length > 0) throw new Error(`the gateway complained: ${lines[0]}`);
    return { requests, taken, bansKept: (await readState(stateFile)).bans.length };
  } finally {
    await gateway.stop();
    await rm(folder, { recursive: true });
  }
}

/** Sends one request; true when it changed something. */
async function send(gateway: TestGateway, roll: Roll): Promise<boolean> {
  const { host, port } = gateway.addresses.admin!;
  const method = roll(8) === 0 ? pick(roll, METHODS) : pick(roll, ['POST', 'POST', 'DELETE'] as const);
  const path = roll(5) === 0 ? pick(roll, PATHS) : '/bans';
  const type = roll(10) === 0 ? pick(roll, TYPES) : 'application/json';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? bodyOf(roll) : undefined;
  const response = await fetch(`http://${host}:${port}${path}`, {
    method,
    headers: hasBody && type !== '' ? { 'content-type': type } : {},
    ...(body !== undefined && { body }),
  });
  const said = await response.text();
  if (ANSWERS.includes(response.status)) return response.status === 200 && hasBody;
  throw new Error(`${method} ${path} ${type} ${JSON.stringify(body)}: ${response.status} ${said}`);
}

function bodyOf(roll: Roll): string {
  const kind = roll(20) === 0 ? 'planet' : pick(roll, ['address', 'login']);
  const value = kind === 'address' ? networkOf(roll) : textOf(roll, 70);
  const until = roll(8) === 0 ? pick(roll, TIMES) : String(Date.now() + roll(2 ** 31) - 1000);
  const whole = [`"kind":"${kind}"`, `"value":${JSON.stringify(value)}`];
  if (roll(4) > 0) whole.push(`"until":${until}`);
  if (roll(10) === 0) whole.push(`"__proto__":{"until":${until}}`);
  if (roll(10) === 0) whole.splice(roll(whole.length), 1);
  const body = `{${whole.join()}}`;
  if (roll(10) === 0) return body.slice(0, roll(body.length));
  return roll(200) === 0 ? body.padEnd(20_000) : body;
}

function networkOf(roll: Roll): string {
  if (roll(2) === 0) return pick(roll, NETWORKS);
  return `${roll(260)}.${roll(256)}.${roll(256)}.${roll(256)}/${roll(40)}`;
}

function textOf(roll: Roll, most: number): string {
  return Array.from({ length: roll(roll(4) === 0 ? most : 8) }, () =>
    pick(roll, roll(100) === 0 ? NO_BITS : BITS),
  ).join('');
}

/** Compares the saved bans with those in force. */
async function compareKept(gateway: TestGateway, stateFile: string): Promise<void> {
  const { host, port } = gateway.addresses.admin!;
  const inForce = await (await fetch(`http://${host}:${port}/bans`)).text();
  const { bans, warning } = await readState(stateFile);
  // Some bans may have ended between the two reads.
  const kept = JSON.stringify(bans.filter(({ until }) => until > Date.now() + 1000));
  const wanted = (JSON.parse(inForce) as typeof bans).filter(({ until }) => until > Date.now() + 1000);
  if (warning !== null || kept !== JSON.stringify(wanted))
    throw new Error(`kept ${readFileSync(stateFile, 'utf8')}, in force ${inForce}: ${warning ?? ''}`);
}

/**
 * Compares patterns with regular expressions made of them; only such are tried as a regular expression matches in time.
 */
function comparePatterns(roll: Roll): void {
  const [pattern, login] = [textOf(roll, 12), textOf(roll, 12)];
  const parts = pattern.normalize('NFC').split(/\*+/);
  const escaped = parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const wanted = new RegExp(`^${escaped.join('.*')}$`, 'isu').test(login.normalize('NFC'));
  if (matches(foldPattern(pattern), fold(login)) !== wanted)
    throw new Error(`${JSON.stringify(pattern)} and ${JSON.stringify(login)}: should be ${wanted}`);
}
