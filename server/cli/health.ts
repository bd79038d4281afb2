/** Asks the gateway of the same settings whether it is ready: exit code 0 or 1. Containers are checked with it. */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { readConfig } from '../config/config.ts';
import { reachable } from '../http/readiness.ts';

/** Timeout of the answer, in ms; the gateway itself gives up before. */
const DEADLINE = 4_000;

const invocation = readConfig(process.argv.slice(2), process.env);
if (invocation.kind === 'run') {
  const { host, httpPort, httpsPort } = invocation.config;
  const where = { host: reachable(host), path: '/readyz', timeout: DEADLINE };
  const request =
    httpPort === null
      ? getHttps({ ...where, port: httpsPort, rejectUnauthorized: false })
      : getHttp({ ...where, port: httpPort });
  request.on('timeout', () => request.destroy(new Error('no answer')));
  request.on('error', ({ message }) => end(1, message));
  request.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => (text += part));
    response.on('end', () => end(response.statusCode === 200 ? 0 : 1, text));
  });
}

function end(code: number, text: string): void {
  console.log(text);
  process.exitCode = code;
}
