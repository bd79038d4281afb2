/** Checks of the unit under a booted systemd. The numbers are those of the review's faults. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from './command.ts';
import type { Machine } from './machine.ts';
import type { Report } from './report.ts';

const UNIT = readFileSync(
  fileURLToPath(new URL('../../server/deploy/chaton.service', import.meta.url)),
  'utf8',
);
const NODE = '/opt/chaton/node_modules/node/bin/node';
const HOOK = '/opt/chaton/server/deploy/certbot-deploy-hook.sh';
const LIVE = '/etc/letsencrypt/live/chat.example.org';
const SETTINGS = '/etc/chaton.env';
/** Time, in ms, for what takes seconds on an idle machine. */
const PATIENCE = 90_000;

export async function checkUnit(machine: Machine, report: Report): Promise<void> {
  report.heading(`The unit, under ${(await machine.run('systemctl --version')).split('\n')[0]}`);
  const unit = new Unit(machine);
  await machine.write('/etc/systemd/system/chaton.service', UNIT);
  await machine.run('systemctl daemon-reload');
  await checkStart(unit, report);
  await checkRestarts(unit, report);
  await checkTries(unit, report);
  await checkTls(unit, report);
}

/** The service, as an operator handles it. */
class Unit {
  readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  run(command: string): Promise<string> {
    return this.machine.run(command);
  }

  async property(name: string): Promise<string> {
    return this.run(`systemctl show --value --property ${name} chaton`);
  }

  async settings(...lines: string[]): Promise<void> {
    await this.machine.write(SETTINGS, `${lines.join('\n')}\n`);
  }

  /** Lines of the journal since {@link mark} was called last. */
  async journal(...options: string[]): Promise<string> {
    return this.run(`journalctl -u chaton -o cat --since "$(cat /run/mark)" ${options.join(' ')} | cat`);
  }

  async mark(): Promise<void> {
    await this.run("journalctl --sync; sleep 0.01; date '+%F %T.%N' > /run/mark");
  }

  /** Answers only when clients can come in. */
  async isReady(): Promise<boolean> {
    return (await this.machine.attempt(`cd /opt/chaton && ${NODE} server/cli/health.cjs`)).code === 0;
  }

  async ready(): Promise<void> {
    await until('the service is ready', () => this.isReady(), PATIENCE);
  }
}

async function checkStart(unit: Unit, report: Report): Promise<void> {
  await report.check('started unchanged it is ready, by a user of its own, with one capability', async () => {
    await unit.mark();
    await unit.run('systemctl start chaton');
    await unit.ready();
    const status = await unit.run('cat /proc/$(systemctl show --value -p MainPID chaton)/status');
    assert.doesNotMatch(status, /^Uid:\t0\b/m);
    assert.match(status, /^CapEff:\t0000000000000400$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
  });
  await report.check(
    '15: warnings have the priority of warnings in the journal, and the ready line has not',
    async () => {
      await unit.run('systemctl reload chaton && systemctl kill --signal USR2 chaton');
      await until('the warning', async () =>
        (await unit.journal('-p', 'warning')).includes('log level changes'),
      );
      const warnings = await unit.journal('-p', 'warning');
      assert.doesNotMatch(warnings, /"msg":"ready: /);
      const all = await unit.journal();
      assert.match(all, /^\{"level":30,.*"msg":"ready: /m);
      assert.match(all, /SIGHUP: there is no certificate to read again/);
    },
  );
  await report.check('the state file is kept over a restart, for itself alone', async () => {
    await unit.settings('CHATON_ADMIN_PORT=9090');
    await unit.run('systemctl restart chaton');
    await unit.ready();
    await unit.run(`cd /opt/chaton && ${NODE} server/cli/admin.cjs ban login 'spam*' 1d`);
    await unit.run('systemctl restart chaton');
    await unit.ready();
    assert.match(await unit.run(`cd /opt/chaton && ${NODE} server/cli/admin.cjs bans`), /spam\*/);
    assert.equal(await unit.run('stat -Lc %a /var/lib/chaton/refused.json'), '600');
  });
  await report.check('10: drained by the operator it ends with 0 and stays down', async () => {
    await unit.run(`cd /opt/chaton && ${NODE} server/cli/admin.cjs drain`);
    await until('it is down', async () => (await unit.property('ActiveState')) === 'inactive');
    assert.equal(await unit.property('Result'), 'success');
  });
  await report.check('it stops with 0, and a killed one is started anew', async () => {
    await unit.settings();
    await unit.run('systemctl start chaton');
    await unit.ready();
    await unit.run('systemctl kill --signal KILL chaton');
    await until('it was started anew', async () => (await unit.property('NRestarts')) === '1');
    await unit.ready();
    await unit.run('systemctl stop chaton');
    assert.equal(await unit.property('ExecMainStatus'), '0');
    assert.equal(await unit.property('Result'), 'success');
  });
}

async function checkRestarts(unit: Unit, report: Report): Promise<void> {
  await report.check('3: restart and reload at once, 50 times: it is up each time', async () => {
    for (let round = 0; round < 50; round++) {
      await unit.run('systemctl restart chaton && systemctl reload chaton');
      await unit.ready();
    }
    return `restarted by systemd ${await unit.property('NRestarts')} times besides`;
  });
  await report.check('3: SIGTERM at every 50 ms of the start ends it in good order', async () => {
    const codes = new Set<string>();
    for (let after = 0; after <= 1000; after += 50) {
      await unit.run(`systemctl restart --no-block chaton; sleep ${after / 1000}; systemctl stop chaton`);
      assert.equal(await unit.property('Result'), 'success', `after ${after} ms`);
      codes.add(await unit.property('ExecMainStatus'));
    }
    await unit.run('systemctl start chaton');
    await unit.ready();
    return `exit codes or signals ${[...codes].join(', ')}`;
  });
  await report.check(
    '3: SIGHUP, SIGUSR2 and SIGTERM from outside at every 50 ms of the start: it is up afterwards',
    async () => {
      for (let after = 0; after <= 600; after += 50)
        for (const signal of ['HUP', 'USR2']) {
          await unit.run(
            `systemctl restart --no-block chaton; sleep ${after / 1000}; systemctl kill --signal ${signal} chaton || true`,
          );
          await unit.ready();
        }
    },
  );
}

async function checkTries(unit: Unit, report: Report): Promise<void> {
  await report.check(
    '6, 15: wrong settings make the start fail, are exit code 2 and never tried again, and an error in the journal',
    async () => {
      await unit.mark();
      await unit.settings('CHATON_DRAIN_TIME=never');
      const { code } = await unit.machine.attempt('systemctl restart chaton');
      // 15: whoever starts it hears that it failed.
      assert.notEqual(code, 0);
      await until('it has failed', async () => (await unit.property('ActiveState')) === 'failed');
      assert.equal(await unit.property('ExecMainStatus'), '2');
      assert.match(await unit.journal('-p', 'err'), /^chaton: .*CHATON_DRAIN_TIME/m);
      // For longer than RestartSec.
      await unit.run('sleep 4');
      assert.equal(await unit.property('ActiveState'), 'failed');
      await unit.settings();
    },
  );
  await report.check('6: a port that is taken and freed again: it is up afterwards', async () => {
    await unit.mark();
    await unit.run(
      `systemd-run --unit=taker ${NODE} -e 'require("net").createServer().listen(7777,"127.0.0.1")'`,
    );
    await until('the port is taken', async () => (await unit.run('ss -ltn')).includes(':7777 '));
    try {
      await unit.machine.attempt('systemctl restart chaton');
      await until('it tries again', async () => Number(await unit.property('NRestarts')) >= 2, PATIENCE);
      assert.match(await unit.run('journalctl -u chaton -o cat | tail -n 30'), /status=75/);
    } finally {
      await unit.run('systemctl stop taker');
    }
    await unit.ready();
  });
  await report.check('6: an address that comes late: it is up afterwards', async () => {
    await unit.settings('CHATON_HOST=192.0.2.77');
    await unit.machine.attempt('systemctl restart chaton');
    await until('it tries again', async () => Number(await unit.property('NRestarts')) >= 2, PATIENCE);
    await unit.run('ip address add 192.0.2.77/32 dev lo');
    await until(
      'it listens there',
      async () =>
        (await unit.machine.attempt(`cd /opt/chaton && CHATON_HOST=192.0.2.77 ${NODE} server/cli/health.cjs`))
          .code === 0,
      PATIENCE,
    );
    await unit.settings();
    await unit.run('systemctl restart chaton');
    await unit.ready();
  });
}

/** A certificate as certbot leaves it: of root alone, and a link into the archive. */
function renewal(number: number, name: string): string {
  const archive = '/etc/letsencrypt/archive/chat.example.org';
  return [
    `mkdir -p ${archive} ${LIVE} && chmod 700 /etc/letsencrypt/live /etc/letsencrypt/archive`,
    `cd ${archive} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 ` +
      `-subj /CN=${name} -addext subjectAltName=DNS:chat.example.org -keyout privkey${number}.pem -out fullchain${number}.pem 2>/dev/null`,
    `chmod 600 privkey${number}.pem`,
    `for name in privkey fullchain; do ln -sfn ../../archive/chat.example.org/$\{name}${number}.pem ${LIVE}/$name.pem; done`,
  ].join(' && ');
}

async function checkTls(unit: Unit, report: Report): Promise<void> {
  const served = `openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | openssl x509 -noout -subject`;
  const tls = (folder: string) => [
    'CHATON_HTTPS_PORT=443',
    `CHATON_TLS_CERT=${folder}/fullchain.pem`,
    `CHATON_TLS_KEY=${folder}/privkey.pem`,
  ];
  await report.check(
    '7: files as certbot leaves them are out of reach, and the journal says what to do',
    async () => {
      await unit.mark();
      await unit.run(renewal(1, 'first.example'));
      await unit.settings(...tls(LIVE));
      await unit.machine.attempt('systemctl restart chaton');
      await until('it has failed', async () => (await unit.property('ActiveState')) === 'failed');
      assert.match(await unit.journal('-p', 'err'), /EACCES.*“Certificates of certbot”/);
    },
  );
  await report.check('7: with the deploy hook, the group and port 443 it serves them', async () => {
    await unit.run('groupadd --system chaton-tls');
    await unit.run(`RENEWED_LINEAGE=${LIVE} ${HOOK}`);
    await unit.machine.write(
      '/etc/systemd/system/chaton.service.d/tls.conf',
      '[Service]\nSupplementaryGroups=chaton-tls\n',
    );
    await unit.settings(...tls('/etc/chaton/tls'));
    await unit.run('systemctl daemon-reload && systemctl restart chaton');
    await unit.ready();
    assert.match(await unit.run(served), /first\.example/);
  });
  await report.check(
    '7: a renewal is served as soon as the hook has ended, and reload says when nothing is new',
    async () => {
      await unit.mark();
      await unit.run(renewal(2, 'second.example'));
      await unit.run(`RENEWED_LINEAGE=${LIVE} ${HOOK}`);
      await until(
        'it is read',
        async () => (await unit.journal()).includes('certificate read again'),
        PATIENCE,
      );
      assert.match(await unit.run(served), /second\.example/);
      assert.match(await unit.journal(), /"subject":"CN=second\.example".*"notAfter"/);
      await unit.mark();
      await unit.run('systemctl reload chaton');
      await until(
        'unchanged',
        async () => (await unit.journal()).includes('certificate unchanged'),
        PATIENCE,
      );
    },
  );
  await report.check(
    '7: LoadCredential= needs no group, and a restart for a renewal; reload says that nothing is new',
    async () => {
      await unit.machine.write(
        '/etc/systemd/system/chaton.service.d/tls.conf',
        `[Service]\nLoadCredential=fullchain.pem:${LIVE}/fullchain.pem\nLoadCredential=privkey.pem:${LIVE}/privkey.pem\n` +
          'Environment=CHATON_TLS_CERT=%d/fullchain.pem CHATON_TLS_KEY=%d/privkey.pem\n',
      );
      await unit.settings('CHATON_HTTPS_PORT=443');
      await unit.run('systemctl daemon-reload && systemctl restart chaton');
      await unit.ready();
      await unit.run(renewal(3, 'third.example'));
      await unit.mark();
      await unit.run('systemctl reload chaton');
      await until(
        'unchanged',
        async () => (await unit.journal()).includes('certificate unchanged'),
        PATIENCE,
      );
      assert.match(await unit.run(served), /second\.example/);
      await unit.run('systemctl restart chaton');
      await unit.ready();
      assert.match(await unit.run(served), /third\.example/);
    },
  );
}
