/** The routes of the operator's listener. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import * as v from 'valibot';
import { lookAlikesAmong } from '../../shared/protocol/look-alikes.ts';
import type { Chat } from '../chat/chat.ts';
import { LOG_LEVELS, type LogLevel } from '../config/settings.ts';
import { disconnect, forgetSaid, listClients, enforceBan, type Banned, type ClientView } from './actions.ts';
import { newBanSchema, banTargetSchema, type Ban, type BanTarget } from './ban.ts';
import { meantBy, TooManyBans } from './bans.ts';
import type { BanStore } from './ban-store.ts';

/** Objects that the requests act on. */
export interface Controls {
  readonly chat: Chat;
  readonly banStore: BanStore;
  /** The other gateways of the room; null when this is the only one. */
  readonly others: OtherOperators | null;
  /** Asks for the stop of this gateway, which drains it and ends the process. */
  readonly requestDrain: () => void;
  readonly logger: { level: string; warn(about: object, text: string): void };
}

/** Passes on what the operator does at this gateway to the others that are the same room. */
export interface OtherOperators {
  /** @param logins of those whom it means at this gateway: what they said is forgotten everywhere */
  ban(ban: Ban, logins: readonly string[]): void;
  unban(target: BanTarget): void;
  /** Resolves with the pages of each of the others, by its name; null for one that may not have the notice, or does not answer. */
  notice(text: string): Promise<ReadonlyArray<readonly [node: string, pages: number | null]>>;
  /** Name of this gateway. */
  readonly node: string;
  /** Clients of each of the others, by its name; null for one that has not answered in time. */
  clients(): Promise<ReadonlyArray<readonly [node: string, clients: readonly ClientView[] | null]>>;
  /**
   * Disconnects a connection of the gateway with this name. `passed on`: that has not answered, and is told by the log; it is
   * not known whether it has that connection.
   */
  disconnect(node: string, id: number): Promise<'disconnected' | 'unknown' | 'passed on'>;
}

/** A notice is one short text. */
const noticeSchema = v.strictObject({
  text: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(1000, 'at most 1000 characters'),
  ),
});
const levelSchema = v.strictObject({
  level: v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
});
/** People that a ban may disconnect at most, in its query: one that means more is not carried out. */
const boundSchema = v.strictObject({
  atMost: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'must be a number of people'), v.toNumber())),
});
/** A connection: its number, at a cluster's gateway with the name of that before it. */
const idSchema = v.object({
  id: v.pipe(
    v.string(),
    v.regex(/^([\w-]+:)?\d{1,15}$/, 'must be the number of a connection, as the list of clients has it'),
  ),
});

export function addRoutes(app: FastifyInstance, controls: Controls): void {
  const { chat, requestDrain, others, logger } = controls;
  addBanRoutes(app, controls);
  app.get('/clients', (_request, reply) => (others ? listOfAll(controls, others, reply) : listClients(chat)));
  app.delete('/clients/:id', (request, reply) =>
    checked(idSchema, request.params, reply, async ({ id }) => {
      const [number, node] = id.split(':').reverse() as [string, string?];
      const isElsewhere = others !== null && node !== undefined && node !== others.node;
      const connection = Number(number);
      const here = () => (disconnect(chat, connection) ? 'disconnected' : 'unknown');
      const outcome = isElsewhere ? await others.disconnect(node, connection) : here();
      if (outcome === 'unknown') return reply.code(404).send({ error: 'no such connection' });
      const about = { connection, ...(isElsewhere && { node }) };
      if (outcome === 'disconnected') {
        logger.warn(about, 'operator: disconnected');
        return { disconnected: 1 };
      }
      logger.warn(about, 'operator: passed on to a gateway that does not answer');
      return reply.code(202).send({ passedOn: 1 });
    }),
  );
  app.post('/notice', (request, reply) =>
    checked(noticeSchema, request.body, reply, async ({ text }) => {
      const pages = chat.controlChannels.sendNotice(text);
      logger.warn({ pages }, 'operator: notice sent');
      if (!others) return { pages };
      const all = [[others.node, pages] as const, ...(await others.notice(text))];
      const sum = all.reduce((total, [, count]) => total + (count ?? 0), 0);
      return { pages: sum, gateways: Object.fromEntries(all) };
    }),
  );
  app.post('/drain', (_request, reply) => {
    logger.warn({}, 'operator: drain');
    requestDrain();
    return reply.code(202).send({ draining: true });
  });
  app.get('/log-level', () => ({ level: logger.level }));
  app.put('/log-level', (request, reply) =>
    checked(levelSchema, request.body, reply, ({ level }) => {
      setLevel(logger, level);
      return { level };
    }),
  );
}

/** Everyone who is connected to any gateway of the room; of one that does not answer, nobody, and a header names it. */
async function listOfAll(
  { chat, logger }: Controls,
  others: OtherOperators,
  reply: FastifyReply,
): Promise<object[]> {
  const lists = [[others.node, listClients(chat)] as const, ...(await others.clients())];
  const silent = lists.flatMap(([node, clients]) => (clients === null ? [node] : []));
  // The list itself has no place for what it lacks.
  if (silent.length > 0) void reply.header('x-gateways-missing', silent.join(', '));
  return lists.flatMap(([node, clients]) => {
    if (clients === null) logger.warn({ node }, 'operator: a gateway does not say who is connected to it');
    return (clients ?? []).map((client) => ({ ...client, connection: `${node}:${client.connection}` }));
  });
}

/**
 * Logins that a ban would disconnect, at every gateway of the room that answers, and their connections; and those that only look
 * like the one that it names.
 */
async function meantAmong(
  { chat, others }: Controls,
  ban: Ban,
): Promise<Readonly<Record<'wouldDisconnect' | 'connections' | 'looksLike', readonly string[]>>> {
  const isMeant = meantBy(ban);
  const elsewhere = others ? await others.clients() : [];
  const named = [[others?.node, listClients(chat)] as const, ...elsewhere].flatMap(([node, clients]) =>
    (clients ?? []).flatMap(({ connection, address, login }) =>
      login === null
        ? []
        : { id: node === undefined ? `${connection}` : `${node}:${connection}`, address, login },
    ),
  );
  const meant = named.filter(({ address, login }) => isMeant(address, login));
  const alike = isOneName(ban) ? lookAlikesAmong(new Set(named.map(({ login }) => login))) : null;
  return {
    wouldDisconnect: meant.map(({ login }) => login),
    connections: meant.map(({ id }) => id),
    looksLike: meant.flatMap(({ login }) => alike?.get(login) ?? []),
  };
}

function isOneName({ kind, value }: Ban): boolean {
  return kind === 'login' && !value.includes('*');
}

/**
 * Tells whether a ban names a login as it is spelt, or by what is no single name. Case does not count in bans: the one who was
 * meant may have left, and somebody else have the name in other letters.
 */
function isNamedBy(ban: Ban, login: string): boolean {
  return !isOneName(ban) || ban.value.normalize('NFC') === login.normalize('NFC');
}

function addBanRoutes(app: FastifyInstance, controls: Controls): void {
  const { chat, banStore, others, logger } = controls;
  const { bans } = banStore;
  const schema = newBanSchema(bans.now);
  app.get('/bans', () => bans.list());
  const enforce = async (ban: Ban, reply: FastifyReply): Promise<object> => {
    let banned: Banned;
    try {
      banned = enforceBan(chat, bans, ban);
    } catch (error) {
      if (!(error instanceof TooManyBans)) throw error;
      return reply.code(409).send({ error: error.message });
    }
    const { disconnected, logins } = banned;
    if (others) others.ban(ban, logins);
    else forgetSaid(chat, ban, logins);
    // Each gateway disconnects its own clients.
    const answer = { disconnected, logins, ...(others && { gateway: others.node }) };
    logger.warn(
      { ...named(ban), until: new Date(ban.until).toISOString(), disconnected },
      'operator: banned',
    );
    const why = await banStore.save();
    if (why === null) return answer;
    const error = `in force now, but not after a restart: the state file cannot be written: ${why}`;
    return reply.code(500).send({ error, ...answer });
  };
  app.post('/bans', (request, reply) =>
    checked(schema, request.body, reply, (ban) =>
      checked(boundSchema, request.query, reply, async ({ atMost }) => {
        if (atMost === undefined) return enforce(ban, reply);
        const meant = await meantAmong(controls, ban);
        const { wouldDisconnect, looksLike } = meant;
        const isSure = wouldDisconnect.length <= atMost && looksLike.length === 0;
        if (isSure && wouldDisconnect.every((login) => isNamedBy(ban, login))) return enforce(ban, reply);
        const error = `${wouldDisconnect.length} would be disconnected`;
        return reply.code(409).send({ error, ...meant });
      }),
    ),
  );
  app.delete('/bans', (request, reply) =>
    checked(banTargetSchema, request.body, reply, async (ban) => {
      if (!bans.remove(ban))
        return reply.code(404).send({ error: 'there is no such ban: write it as the list of bans has it' });
      others?.unban(ban);
      logger.warn(named(ban), 'operator: unbanned');
      const why = await banStore.save();
      if (why === null) return { removed: 1 };
      const error = `let in now, but refused again after a restart: the state file cannot be written: ${why}`;
      return reply.code(500).send({ error, removed: 1 });
    }),
  );
}

/** Target of a ban, for the log, which names addresses only where a connection begins. */
function named({ kind, value }: BanTarget): object {
  return kind === 'login' ? { kind, value } : { kind };
}

/** Changes what is logged, and says so at a level that is logged either way. */
export function setLevel(logger: Controls['logger'], level: LogLevel): void {
  const before = logger.level;
  // Not `level`: each line has one already.
  logger.warn({ before, after: level }, 'log level changes');
  logger.level = level;
}

/** Carries out a request that is well formed; says of any other what is wrong with it. */
function checked<T>(
  schema: v.GenericSchema<unknown, T>,
  input: unknown,
  reply: FastifyReply,
  perform: (value: T) => object,
): object {
  const { success, output, issues } = v.safeParse(schema, input);
  if (success) return perform(output);
  return reply.code(400).send({ error: issues.map(explain).join('; ') });
}

function explain(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
