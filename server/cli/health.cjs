'use strict';
/*
 * The health check of containers: asks the gateway of the same settings whether it is ready. Exit code 0 or 1.
 *
 * It runs beside the gateway, within the same limits of memory and processor, every few seconds. So it loads nothing but
 * Node's own HTTP, and reads the few settings that it needs by itself; test/server/health.test.ts compares them with the
 * table. `server/health.ts`, its former name, is a link to this file.
 */

/** Timeout of all attempts together, in ms: less than the 10 s that the image allows, by what a slow start of Node takes. */
const DEADLINE = 8000;
/** Time, in ms, until a gateway that is not ready is asked again: the time that it caches its verdict. */
const AGAIN = 1000;
/** Characters of an answer that are shown at most. */
const MOST = 1000;

/** Line that is shown when the time is up. */
let lastSaid = 'no answer within ' + DEADLINE + ' ms';

const DEFAULTS = { host: '127.0.0.1', 'http-port': 8080, 'https-port': 'off' };
const OFF = 'off';

/**
 * Finds where the gateway of these settings serves its page: a flag goes before the variable, that before the file, that
 * before the default. Whether a value is allowed is the gateway's business.
 * @param args of the command line, which may be all of the gateway's
 */
function targetOf(args, env) {
  const flags = readFlags(args);
  const path = flags.config === undefined ? env.CHATON_CONFIG : flags.config;
  const file = path ? readFile(path) : {};
  const valueOf = (name) => {
    const variable = env['CHATON_' + name.toUpperCase().replace(/-/g, '_')];
    const given = [flags[name], variable || undefined, file[name], DEFAULTS[name]];
    return String(given.find((value) => value !== undefined));
  };
  const isSecure = valueOf('http-port') === OFF;
  const port = valueOf(isSecure ? 'https-port' : 'http-port');
  return { hosts: hostsOf(valueOf('host')), port: Number(port), isSecure };
}

function readFlags(args) {
  const flags = {};
  args.forEach((arg, index) => {
    const match = /^--(host|http-port|https-port|config)(=[^]*)?$/.exec(arg);
    if (match) flags[match[1]] = match[2] === undefined ? args[index + 1] : match[2].slice(1);
  });
  return flags;
}

/**
 * The flags of the gateway that process 1 is, or that process 1 has started in its place (`docker run --init`): none where
 * it is neither. What follows the name of an image is known to nobody else.
 * @param commandLine as Linux has it in /proc/1/cmdline
 */
function flagsOfGateway(commandLine) {
  const words = commandLine.split('\0');
  const program = words.findIndex((word) => /(^|\/)server\/(start\.cjs|main\.ts)$/.test(word));
  return program === -1 ? [] : words.slice(program + 1, -1);
}

function ownFlags() {
  const own = process.argv.slice(2);
  if (own.length > 0) return own;
  try {
    return flagsOfGateway(require('fs').readFileSync('/proc/1/cmdline', 'utf8'));
  } catch {
    return [];
  }
}

function readFile(path) {
  const { readFileSync, statSync } = require('fs');
  // A pipe or a device may never end, and no deadline would be heard meanwhile.
  if (!statSync(path).isFile()) throw new Error(path + ' is no ordinary file');
  // Some editors put a mark first, which JSON does not know.
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  try {
    const settings = JSON.parse(text);
    if (settings === null) throw new Error('must be one object');
    return settings;
  } catch (error) {
    throw new Error(path + ': ' + error.message);
  }
}

/**
 * The addresses by which a listener is reached from here, in the order in which they are tried. A listener on `::` is on
 * all addresses of IPv4 as well, and where the kernel has no IPv6 it is on those alone.
 */
function hostsOf(host) {
  if (/^[0:]*:[0:]*$/.test(host)) return ['127.0.0.1', '::1'];
  return [/^(?:[0:]*:ffff:)?0\.0\.0\.0$/i.test(host) ? '127.0.0.1' : host];
}

/**
 * Asks until the gateway is ready, or the time is up. A gateway that is not ready for a second, since the machine has too
 * much else to do, is in order: an engine is to hear of one that stays so. Where nothing listens, or where the gateway
 * drains, another attempt would end in the same way.
 */
function askAgain(target, deadline, done) {
  ask(target, (code, text, isFinal) => {
    lastSaid = text;
    if (code === 0 || isFinal || Date.now() + AGAIN > deadline) done(code, text);
    else setTimeout(() => askAgain(target, deadline, done), AGAIN);
  });
}

/** Asks the first of these hosts, and the next where nothing answers; calls back with the verdict, and whether that is final. */
function ask({ hosts, port, isSecure }, done) {
  const [host, ...others] = hosts;
  const options = { host, port, path: '/readyz', agent: false, rejectUnauthorized: false };
  const failed = ({ message, syscall }) =>
    others.length > 0
      ? ask({ hosts: others, port, isSecure }, done)
      : done(1, message, syscall === 'connect');
  // Node would take the usual port of the web for none.
  if (!(port > 0 && port < 65536)) {
    done(
      1,
      'no port that can be asked: give --http-port or --https-port the number that the gateway has',
      true,
    );
    return;
  }
  const request = require(isSecure ? 'https' : 'http').get(options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => (text = (text + part).slice(0, MOST)));
    response.on('end', () => done(response.statusCode === 200 ? 0 : 1, text, text.includes('"draining"')));
    response.on('error', ({ message }) => done(1, message));
  });
  request.on('error', failed);
}

function main() {
  const done = (code, text) => {
    console.log(text);
    process.exit(code);
  };
  setTimeout(() => done(1, lastSaid), DEADLINE);
  try {
    askAgain(targetOf(ownFlags(), process.env), Date.now() + DEADLINE, done);
  } catch (error) {
    done(1, error.message);
  }
}

module.exports = { flagsOfGateway, targetOf };

if (require.main === module) main();
