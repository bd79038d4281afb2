/** The operator's command line: `npm run admin -- …`. */
import { parseArgs } from 'node:util';
import { readToken } from '../config/named-file.ts';
import { ConfigError } from '../config/config.ts';
import { DURATIONS, parseQuantity } from '../config/quantity.ts';
import { LATEST } from '../admin/ban.ts';
import { lookAlikesAmong } from '../../shared/protocol/look-alikes.ts';

const HELP = `Usage: npm run admin -- [--url URL] [--token-file FILE] [--yes] COMMAND

  clients                        every connection
  disconnect CONNECTION          ends one connection, by its number in the list of clients
  bans                           who is banned, and until when
  ban address CIDR TIME          bans an address or network, e.g. ban address 203.0.113.0/24 2h
  ban login PATTERN TIME         bans logins; * stands for anything, e.g. ban login 'spam*' 1d
                                 (a ban that would disconnect several people, or somebody whose login is spelt
                                 otherwise, or looks like another, says whom, and waits for --yes)
  unban address|login VALUE      lets in again
  notice TEXT                    shows a text on every page
  log-level [LEVEL]              says or changes what is logged
  metrics                        the figures that Prometheus reads
  drain                          ends every connection, and the gateway

--url is CHATON_ADMIN_URL, or http://127.0.0.1 with the port CHATON_ADMIN_PORT, or 9090; --token-file is
CHATON_ADMIN_TOKEN_FILE.`;

/** Time, in s, that an answer takes at most: behind `disconnect` another gateway of a cluster may be asked. */
const DEADLINE = 30;
const NO_GATEWAY = 'is not where a gateway has its --admin-port (see --url)';

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/**
 * The request for a command; null when it is none. Throws a ConfigError when a time cannot be read.
 * @param isSure true when a ban may disconnect whomever it means
 */
function callFor([command, ...rest]: readonly string[], isSure: boolean, now: number): Call | null {
  const [first = '', second = '', third = ''] = rest;
  switch (`${command} ${rest.length}`) {
    case 'clients 0':
    case 'bans 0':
    case 'metrics 0':
    case 'log-level 0':
      return { method: 'GET', path: `/${command}` };
    case 'disconnect 1':
      return { method: 'DELETE', path: `/clients/${encodeURIComponent(first)}` };
    case 'ban 3': {
      const until = momentAfter(third, now);
      const path = isSure ? '/bans' : '/bans?atMost=1';
      return { method: 'POST', path, body: { kind: first, value: second, until } };
    }
    case 'unban 2':
      return { method: 'DELETE', path: '/bans', body: { kind: first, value: second } };
    case 'notice 1':
      return { method: 'POST', path: '/notice', body: { text: first } };
    case 'log-level 1':
      return { method: 'PUT', path: '/log-level', body: { level: first } };
    case 'drain 0':
      return { method: 'POST', path: '/drain' };
    default:
      return null;
  }
}

/** Moment, in whole ms since 1970, when a time like `2h` is over. Throws a ConfigError for none, or when no calendar goes so far. */
function momentAfter(text: string, now: number): number {
  const time = parseQuantity(text, DURATIONS);
  if (!time) throw new ConfigError(`"${text}" is no time: write it like 30m, 2h or 1d`);
  const until = now + Math.ceil(time);
  if (until > LATEST) throw new ConfigError(`"${text}" is too long: no calendar goes that far`);
  return until;
}

async function perform({ method, path, body }: Call, url: URL, token: string | undefined): Promise<number> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(DEADLINE * 1000),
  });
  const text = await response.text();
  if (!response.ok) {
    // A gateway may not find a connection or a ban to delete; where anything else is not there, it is no listener of an operator.
    const said = response.status === 404 && method !== 'DELETE' ? undefined : reason(text);
    console.error(`chaton admin: ${said ?? `${response.status}: ${url.href} ${NO_GATEWAY}`}`);
    return 1;
  }
  const type = response.headers.get('content-type') ?? '';
  if (path !== '/metrics' && !type.startsWith('application/json'))
    throw new Error(`${url.href} ${NO_GATEWAY}`);
  show(text, type);
  const silent = response.headers.get('x-gateways-missing');
  if (silent !== null)
    console.error(`chaton admin: the connections of ${silent} are missing: no answer came from there`);
  return 0;
}

/** Error that the listener answers with; undefined when it is not the gateway's that answers. */
function reason(text: string): string | undefined {
  try {
    // Fastify's own answers have the kind of error there, and in `message` what is wrong.
    const answer = JSON.parse(text) as Record<string, unknown>;
    const said = [answer['message'], answer['error']].find((words) => typeof words === 'string');
    const [whom, connections, alike] = ['wouldDisconnect', 'connections', 'looksLike'].map((field) => {
      const names = answer[field];
      return Array.isArray(names) && names.length > 0 ? namesOf(names) : null;
    });
    if (whom === null) return said;
    const others = alike === null ? '' : ` (connection ${connections}), and not ${alike}, ${ONLY_ALIKE}`;
    return `${said}: ${whom}${others}; ${UNLESS_SURE}`;
  } catch {
    return undefined;
  }
}

/** Most people that are named before a ban. */
const NAMED = 40;
const ONLY_ALIKE = 'which only looks the same: see the list of clients, and copy the name from there';
const UNLESS_SURE = 'nobody is banned yet; the same with --yes does it (npm run admin -- --yes …)';

function namesOf(logins: readonly unknown[]): string {
  const names = logins.slice(0, NAMED).map((login) => readable('login', login));
  return [...names, ...(logins.length > NAMED ? [`and ${logins.length - NAMED} more`] : [])].join(', ');
}

function show(text: string, type: string): void {
  const answer: unknown = type.startsWith('application/json') ? JSON.parse(text) : null;
  if (Array.isArray(answer)) console.log(answer.length > 0 ? tableOf(withLookAlikes(answer)) : 'none');
  else console.log(answer === null ? text : readable('answer', answer));
}

type Row = Readonly<Record<string, unknown>>;

/** Rows of which those whose login can be taken for another have `looksLike`: the connection of that one, if there is one. */
function withLookAlikes(rows: readonly Row[]): readonly Row[] {
  const byLogin = new Map(
    rows.flatMap((row) => (typeof row['login'] === 'string' ? [[row['login'], row]] : [])),
  );
  const alike = lookAlikesAmong(byLogin.keys());
  return rows.map((row) => {
    const other = alike.get(row['login'] as string);
    if (other === undefined) return row;
    return { ...row, looksLike: other === null ? 'mixed alphabets' : byLogin.get(other)!['connection'] };
  });
}

/** Columns that come first: with them a person is found, and meant by the next command. */
const FIRST = ['connection', 'login', 'looksLike', 'address'];

/** Rows below the names of their columns, for a person, and for `grep`. */
function tableOf(rows: readonly Row[]): string {
  const names = new Set([...FIRST, ...rows.flatMap((row) => Object.keys(row))]);
  const columns = [...names].filter((name) => rows.some((row) => name in row));
  const cells = [columns, ...rows.map((row) => columns.map((name) => readable(name, row[name])))];
  const widths = columns.map((_name, at) => Math.max(...cells.map((row) => Array.from(row[at]!).length)));
  const pad = (cell: string, at: number) => cell + ' '.repeat(widths[at]! - Array.from(cell).length);
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** A cell as a person reads it: a moment by their clock, whole seconds, and nothing that a terminal would act on. */
function readable(name: string, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') {
    // Whatever it is that answers, a moment that no calendar has is shown as it came.
    if (name === 'until' && Math.abs(value) <= LATEST)
      return new Date(value).toLocaleString('sv', { dateStyle: 'short', timeStyle: 'long' });
    return `${name === 'seconds' ? Math.round(value) : value}`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/\p{C}/gu, '\ufffd');
}

/** The address of the listener. Throws a ConfigError for what is none. */
function urlOf(text: string): URL {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text);
  throw new ConfigError(`--url=${text}: must begin with http:// or https://, as http://127.0.0.1:9090 does`);
}

/** The port of the gateway that is set by the same environment; the usual one where that says none. */
function ownPort(): string {
  const port = process.env['CHATON_ADMIN_PORT'] ?? '';
  return /^[1-9]\d*$/.test(port) ? port : '9090';
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      'token-file': { type: 'string' },
      yes: { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const call = callFor(positionals, values.yes === true, Date.now());
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (!call) {
    console.error(mistakeIn(positionals));
    return 2;
  }
  const url = urlOf(values.url ?? (process.env['CHATON_ADMIN_URL'] || `http://127.0.0.1:${ownPort()}`));
  const file = values['token-file'] ?? process.env['CHATON_ADMIN_TOKEN_FILE'];
  return perform(call, url, file ? readToken('--token-file', file) : undefined);
}

/** Says how the command is written that somebody meant, where its name is right; else which there are. */
function mistakeIn([name = '', ...rest]: readonly string[]): string {
  const usage = HELP.split('\n').filter((line) => name !== '' && line.split(' ')[2] === name);
  if (usage.length > 0)
    return `chaton admin: ${name} is written so, what has spaces in quotes:\n${usage.join('\n')}`;
  const given = [name, ...rest].join(' ');
  return `${HELP}\n\nchaton admin: ${given === '' ? 'a COMMAND is missing' : `no such command: ${given}`}`;
}

/** Describes a failure. */
function inWords({ name, message, cause }: Error): string {
  if (/^ERR_SSL/.test(codeOf(cause)))
    return 'no TLS is spoken there: a gateway has its --admin-port at http://, not https:// (see --url)';
  const question = 'is this where --admin-port is (see --url)?';
  if (name === 'TimeoutError') return `no answer within ${DEADLINE} s: ${question}`;
  return cause instanceof Error ? `${cause.message || 'no connection'}: ${question}` : message;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** Says what has failed; exit code 2 for what was not understood, or cannot be meant, else 1. */
function fail(error: Error): void {
  console.error(`chaton admin: ${inWords(error)}`);
  process.exitCode = error instanceof ConfigError || codeOf(error).startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}

// A disk that is full is no success; that a reader, such as head, has enough is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error as Error);
}
