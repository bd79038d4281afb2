import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { savedTexts } from './support/database.ts';
import { expectMessage, expectStatus, usePages, write } from './support/page.ts';
import { Wire } from './support/wire.ts';

/**
 * Number of failed attempts. Firefox delays a WebSocket to a host where others have failed, longer with each: after so
 * many it would be half a minute or more. The attempts here follow as fast as "Try now" is clicked, in life within some minutes.
 */
const IN_VAIN = 13;

describe('the server away for some minutes', { timeout: 120_000 }, () => {
  const pages = usePages();
  let gateway: TestGateway | undefined;
  let wire: Wire | undefined;
  let bob: RawConnection | undefined;
  afterEach(async () => {
    bob?.reset();
    await wire?.close();
    await gateway?.stop();
  });

  it.each([
    ['resumes', {}],
    ['joins again', { resumeGrace: 0 }],
  ])('then %s as soon as “Try now” is clicked', async (_title, limits) => {
    gateway = await startTestGateway({}, limits);
    const { tcp, http } = gateway.addresses;
    bob = await connectRawTcp(tcp.host, tcp.port);
    bob.send(login('bob'));
    await bob.expect(ACCEPTED);
    wire = await Wire.to(http);
    const page = await pages.join(wire.gateway, 'lea');
    // The lazily loaded part is there by now: its loss is not what this test is about.
    await write(page, 'before :tada:');
    await bob.expect(message('lea', 'before 🎉'));
    await expect.poll(() => savedTexts(page)).toContain('before 🎉');

    // Firefox keeps a connection ready for what it may ask next: over one that is left, the server would still answer.
    const ready = connect(wire.gateway.addresses.http.port);
    await once(ready, 'connect');
    const broken = once(ready, 'close');
    wire.goAway();
    await broken;
    await expectStatus(page, 'Connection lost');
    const button = page.locator('.link-banner').getByRole('button', { name: 'Try now' });
    // An attempt of the page's own may take the button away at any moment: there is nothing to wait for then.
    const tryNow = () => button.evaluateAll(([there]) => (there as HTMLElement | undefined)?.click());
    for (let tried = 0; tried < IN_VAIN; tried++) {
      const before = wire.refused;
      // An attempt under way ignores a click, and a person clicks again.
      const clickAgain = () => tryNow().then(() => wire?.refused);
      await expect.poll(clickAgain, { interval: 200 }).toBeGreaterThan(before);
    }
    // The attempts of the page's own say nothing; those of a person have an answer.
    await expectStatus(page, 'Still unreachable (');
    wire.comeBack();
    await tryNow();
    await expectStatus(page, 'You are connected again');
    await write(page, 'back');
    await bob.expect(message('lea', 'back'));
    bob.send(message('bob', 'welcome'));
    await expectMessage(page, 'welcome', 'bob');
  });
});
