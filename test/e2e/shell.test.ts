import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { isFirefox } from './browser.ts';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import {
  composer,
  expectMessage,
  leaveAndClear,
  messages,
  proposeName,
  usePages,
  write,
  expectOpen,
} from './support/page.ts';
import { recordSpoken, spoken } from './support/spoken.ts';
import { Wire } from './support/wire.ts';

describe('the shell, in a browser', () => {
  const room = useRoom();
  const pages = usePages();
  const scheme = (page: Awaited<ReturnType<typeof pages.visit>>) =>
    page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

  it("has the system's theme, another when asked, and remembers it", async () => {
    const page = await pages.visit(room.gateway, { colorScheme: 'dark' });
    await expect.poll(() => scheme(page)).toBe('light dark');
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await expect.poll(() => scheme(page)).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await expect.poll(() => scheme(page)).toBe('dark');
  });

  it('goes from conversation to conversation and from region to region by keys', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await write(page, '/msg bob hi');
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('heading', { name: 'Everyone', exact: true }).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();

    const focus = () =>
      page.evaluate(() => document.activeElement?.closest('.rail, .log, .composer')?.className ?? '');
    await composer(page).focus();
    const seen: string[] = [];
    for (let step = 0; step < 3; step++) {
      await page.keyboard.press('F6');
      seen.push(await focus());
    }
    expect(seen).toEqual(['rail', 'log', 'composer']);
    await page.keyboard.press('Shift+F6');
    await expect.poll(() => focus()).toBe('log');
    await page.keyboard.press('Escape');
    await expect.poll(() => focus()).toBe('composer');
    // The answer to a request in the open conversation is on the way, too.
    bob.send(requestPrivate('bob', 'lea'));
    await page.locator('.conversation-item').nth(2).click();
    await page.locator('.private-bar .answer').waitFor();
    await page.locator('.log').focus();
    await page.keyboard.press('Shift+F6');
    expect(await page.evaluate(() => document.activeElement?.closest('.private-bar')?.className)).toContain(
      'private-bar',
    );
    bob.end();
  });

  it('closes conversations by ×, Delete and the middle button until somebody writes there, and mutes them', async () => {
    const [bob, zoe] = [await room.join('bob'), await room.join('zoe')];
    const page = await pages.join(room.gateway, 'lea');
    const items = page.locator('.conversation-item .name');
    bob.send(privateMessage('bob', 'lea', 'one'));
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone', 'bob']);
    zoe.send(privateMessage('zoe', 'lea', 'two'));
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone', 'zoe', 'bob']);
    await expect.poll(() => page.locator('.conversation-item time').count()).toBe(2);
    await page.getByRole('button', { name: /^zoe/ }).first().click({ button: 'middle' });
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone', 'bob']);
    await page.locator('.conversation-item', { hasText: 'bob' }).focus();
    await page.keyboard.press('Delete');
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone']);
    bob.send(privateMessage('bob', 'lea', 'three'));
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone', 'bob']);
    // By a key: a click so soon is not taken for one on a row that has just come.
    await page.locator('.conversation-item', { hasText: 'bob' }).press('Enter');
    await expect.poll(() => messages(page)).toEqual(['one', 'three']);
    await write(page, '/msg nobody hello?');
    await page.locator('.outgoing', { hasText: 'Not sent' }).waitFor();
    await page.locator('.rail li', { hasText: 'nobody' }).hover();
    await page.getByRole('button', { name: 'Remove nobody from the list' }).click();
    const question = page.getByRole('dialog', { name: 'Close the conversation with nobody' });
    await question.getByText('1 message that was not sent').waitFor();
    await question.getByRole('button', { name: 'Close anyway' }).click();
    await expect.poll(() => items.allTextContents()).toEqual(['Everyone', 'bob']);

    // One that is muted calls nobody, and is marked.
    await page.locator('.conversation-item', { hasText: 'bob' }).click();
    await page.getByRole('button', { name: 'This conversation' }).click();
    await page.getByRole('menuitem', { name: 'Mute', exact: true }).click();
    // One who chooses with the mouse goes on writing.
    await page.locator('.composer textarea:focus').waitFor();
    await page.locator('.conversation-item').first().click();
    bob.send(privateMessage('bob', 'lea', 'four'));
    await page
      .locator('.conversation-item', { hasText: 'four' })
      .getByRole('img', { name: 'Muted' })
      .waitFor();
    expect([await page.locator('.unread').count(), await page.title()]).toEqual([0, 'Chaton']);
  });

  it('asks before something is lost by leaving, saves it as text, and keeps it for the next time', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'hi all') + privateMessage('bob', 'lea', 'psst'));
    await page.locator('.conversation-item', { hasText: 'psst' }).waitFor();
    await composer(page).fill('half a thought');
    const leave = page.getByRole('button', { name: 'Leave', exact: true });
    // Found by its class: Firefox itself crashes when its driver asks for the dialog by role.
    const question = page.locator('dialog.question', { hasText: 'Leave?' });
    await leave.click();
    expect(await question.locator('.loss li').allTextContents()).toEqual(['2 messages', '1 draft']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      question.getByRole('button', { name: 'Save as text' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('chaton.txt');
    expect(readFileSync(await download.path(), 'utf8')).toMatch(
      /^# Everyone\n\[\d{4}-\d\d-\d\d \d\d:\d\d\] bob: hi all\n\n# bob\n\[.*\] bob: psst\n$/,
    );
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    room.gateway.chat.controlChannels.sendNotice('Five more minutes.');
    const notice = page.locator('.link-notice');
    await notice.waitFor();
    // The dialog's entry of the history is given back a moment later, which would end a reload that has begun.
    await page.waitForFunction(() => ((history.state as { level?: number } | null)?.level ?? 0) === 0);
    await page.reload();
    await notice.waitFor();
    await leave.click();
    await question.getByRole('button', { name: 'Keep for next time' }).click();
    await page.getByRole('button', { name: 'Join the room' }).click();
    await expectMessage(page, 'hi all', 'bob');
    await page.locator('.conversation-item', { hasText: 'psst' }).waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought');

    await leaveAndClear(page);
    await page.getByRole('button', { name: 'Join the room' }).click();
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    expect([await messages(page), await composer(page).inputValue()]).toEqual([[], '']);
    expect(await page.locator('.conversation-item').count()).toBe(1);
    expect(await notice.count()).toBe(0);

    // One that was put away stays away after a reload, and in the log.
    room.gateway.chat.controlChannels.sendNotice('Closing now.');
    await notice.getByRole('button', { name: 'Got it' }).click();
    await notice.waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('.log').getByText('Closing now.').waitFor();
    expect(await notice.count()).toBe(0);
  });

  it('goes to a person by the beginning of the name, also to one who has just left', async () => {
    const odon = await room.join('Ödön');
    await room.join('Ödön2');
    const page = await pages.join(room.gateway, 'lea');
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: 'Go to' });
    await dialog.getByRole('combobox').waitFor();
    await page.keyboard.type('odo');
    await dialog.getByRole('option', { name: 'Ödön', selected: true, exact: true }).waitFor();
    odon.end();
    await dialog.getByRole('option', { name: 'Ödön not connected', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Ödön', exact: true }).waitFor();
    await dialog.waitFor({ state: 'detached' });

    // One who goes where one is already has the caret in the field again, and not only the focus.
    await page.keyboard.type('a draft');
    await page.keyboard.press('Control+k');
    await dialog.getByRole('combobox').waitFor();
    await page.keyboard.type('odo');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+a');
    await page.keyboard.type('another');
    await expect.poll(() => composer(page).inputValue()).toBe('another');
  });

  it('lists the keys by ?, outside of a field only', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).press('?');
    await expect.poll(() => composer(page).inputValue()).toBe('?');
    await page.getByRole('log').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Commands and keys' }).getByText('Ctrl + K').waitFor();
  });

  // The second click of a driven Firefox does not say that it is one.
  it.skipIf(isFirefox)('keeps a dialog open that a double click has opened', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { x, y } = (await page.getByRole('button', { name: 'Settings' }).boundingBox())!;
    await page.mouse.click(x + 5, y + 5);
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.waitFor();
    // Slowly, so that the second click finds the dialog.
    await page.mouse.move(x + 5, y + 5);
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(await dialog.count()).toBe(1);
    await page.mouse.click(5, 5);
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows the newest command on the wire also after the window has got another size', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 1920, height: 1080 } });
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    const wire = page.getByRole('region', { name: 'Wire inspector' });
    await wire.waitFor();
    for (let index = 0; index < 30; index++) bob.send(message('bob', `before ${index}`));
    await wire.getByText('before 29').waitFor();
    const below = () =>
      wire
        .locator('ol')
        .evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
    await expect.poll(below).toBeLessThan(1);
    await page.setViewportSize({ width: 1024, height: 768 });
    await expect.poll(() => wire.evaluate(({ clientWidth }) => clientWidth)).toBeGreaterThan(1000);
    bob.send(message('bob', 'after'));
    await wire.getByText('after', { exact: true }).waitFor();
    await expect.poll(below).toBeLessThan(1);
    // A command that somebody explains stays where it is, however much comes: the list holds 500.
    await wire.locator('ol').evaluate((list) => list.scrollTo(0, 0));
    await expect.poll(below).toBeGreaterThan(100);
    const first = await wire.getByRole('listitem').first().textContent();
    for (let index = 0; index < 600; index++) bob.send(message('bob', `much ${index}`));
    await page.getByRole('log').getByText('much 599', { exact: true }).waitFor();
    expect(await wire.getByRole('listitem').first().textContent()).toBe(first);
    // A list that is too short to be scrolled is at its end.
    await wire.getByLabel('Which direction').selectOption('sent');
    await wire.getByLabel('Which direction').selectOption('');
    await wire.getByText('much 599', { exact: true }).waitFor();
  });

  it('shows the wire: commands of both directions, as bytes and as what they mean', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway, { permissions: ['clipboard-read', 'clipboard-write'] });
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    const button = page.getByRole('button', { name: 'Wire inspector' });
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    await button.click();
    const wire = page.getByRole('region', { name: 'Wire inspector' });
    await wire.getByText('Commands appear here').waitFor();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    bob.send(message('bob', 'hé'));
    await wire.getByText('03 00 00 00 03 62 6f 62 00 00 00 03 68 c3 a9').waitFor();
    await composer(page).fill('yo');
    await composer(page).press('Enter');
    const sent = wire.getByRole('listitem').filter({ has: page.getByRole('img', { name: 'Sent' }) });
    await sent.getByText('MESSAGE').waitFor();
    await sent.getByRole('button', { name: 'Copy' }).click();
    await sent.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe('03 00 00 00 03 6c 65 61 00 00 00 02 79 6f');
    // All rows are one stop of Tab, and each says whose bytes it copies.
    await page.keyboard.press('Home');
    const focused = () => page.evaluate(() => document.activeElement?.ariaLabel);
    await expect.poll(focused).toBe('Copy MESSAGE');
    expect(await wire.locator('li button[tabindex="0"]').count()).toBe(1);
    // Its name says what it does now, and so nothing is pressed.
    await wire.getByRole('button', { name: 'Pause' }).click();
    expect(await wire.getByRole('button', { name: 'Go on' }).getAttribute('aria-pressed')).toBeNull();
    await wire.getByRole('button', { name: 'Close' }).click();
    await wire.waitFor({ state: 'detached' });
    expect(await button.getAttribute('aria-expanded')).toBe('false');
  });

  it('shows the wire from its first byte on, and an ignored command with its clause', async () => {
    const page = await pages.visit(room.gateway);
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    const wire = page.getByRole('region', { name: 'Wire inspector' });
    await wire.waitFor();
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    const rows = wire.getByRole('listitem');
    await rows.getByText('00 00 00 00 03 6c 65 61').waitFor();
    await rows.getByText('LOGIN_ACCEPTED').waitFor();
    await composer(page).fill('/msg nobody hello');
    await composer(page).press('Enter');
    await rows.getByText(/nobody is connected under that login \(D13\)/).waitFor();
    await recordSpoken(page);
    await wire.getByRole('combobox', { name: 'Which commands' }).selectOption('LOGIN');
    await expect.poll(() => rows.count()).toBe(1);
    await wire.getByRole('button', { name: 'Clear' }).click();
    // Nobody hears how long the list is.
    await expect.poll(() => spoken(page)).toEqual(expect.arrayContaining(['1 command', 'No commands']));
  });

  it('invites: the address, with its code where others can reach it, and where native clients connect if the operator tells', async () => {
    const page = await pages.visit(room.gateway);
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    const code = dialog.getByRole('img', { name: 'QR code of the address' });
    await page.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByText('This address works on this machine only').waitFor();
    expect(await code.count()).toBe(0);
    await dialog.getByRole('button', { name: 'Close' }).click();
    // As if it were an address that others can reach.
    await page.evaluate(() =>
      Object.defineProperty(URL.prototype, 'hostname', { get: () => 'chat.example' }),
    );
    await page.getByRole('button', { name: 'Invite' }).click();
    await code.waitFor();
    await dialog.getByText('The operator has not said').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('comes by an invitation with a name, and to a person', async () => {
    await room.join('bob');
    const page = await pages.visit(room.gateway);
    const link = `${page.url()}#name=L%C3%A9a&to=bob`;
    // It is the same document, whatever behind the # is another.
    await page.goto(link);
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Léa');
    await page.getByRole('button', { name: 'Join the room' }).click();
    await expectOpen(page, 'bob');
    // Only once: loaded again, the page is where it was.
    await page.getByRole('button', { name: /^Everyone/ }).click();
    await expectOpen(page, 'Everyone');
    await page.reload();
    await composer(page).waitFor();
    await expectOpen(page, 'Everyone');
    await page.goto(link);
    await expectOpen(page, 'bob');
  });

  it('is known by the name of its invitation from then on, to a second tab as well', async () => {
    const page = await pages.visit(room.gateway);
    const plain = page.url();
    const second = await page.context().newPage();
    await page.goto(`${plain}#name=mia`);
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('mia');
    await proposeName(page, 'mia');
    await composer(page).waitFor();
    // The code is scanned twice.
    await second.goto(`${plain}#name=mia`);
    await second.getByRole('button', { name: 'Join the room' }).click();
    await second.getByText('You are here already, as “mia”').waitFor();
    // An app that is installed begins at the plain address.
    await second.goto(plain);
    await expect.poll(() => second.getByLabel('Your name').inputValue()).toBe('mia');
  });

  it('over plain http, where no page has the clipboard, an invitation and the wire are copied all the same', async () => {
    const page = await pages.join(room.gateway, 'Ms Lea');
    // A loopback address is trusted without TLS, unlike that of any other machine.
    await page.evaluate(() => {
      Object.defineProperty(globalThis, 'isSecureContext', { value: false });
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    const pasted = async () => {
      await composer(page).fill('');
      await composer(page).press('Control+v');
      return composer(page).inputValue();
    };
    const address = page.url();
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    await dialog.getByText(`${address}#to=Ms%20Lea `).waitFor();
    await dialog.getByRole('button', { name: 'Copy' }).first().click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(await pasted()).toBe(address);

    await page.getByRole('button', { name: 'Wire inspector' }).click();
    const wire = page.getByRole('region', { name: 'Wire inspector' });
    await composer(page).fill('yo');
    await composer(page).press('Enter');
    await wire.getByRole('list').getByText('MESSAGE').first().waitFor();
    await wire.getByRole('button', { name: 'Copy all' }).click();
    await wire.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await pasted()).toContain('MESSAGE');

    // Where nothing may be copied, each of them says so: else one would paste what was copied before.
    await page.evaluate(() => {
      Object.defineProperty(document, 'execCommand', { value: () => false });
    });
    await wire.getByRole('button', { name: 'Copy all' }).click();
    await wire.getByRole('button', { name: 'Not copied' }).waitFor();
    await recordSpoken(page);
    await page.locator('.log .text', { hasText: 'yo' }).click();
    await page.getByRole('toolbar', { name: 'Message' }).getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => spoken(page)).toContain('Not copied');
  });

  it('can be installed: a manifest, and icons that are there', async () => {
    const page = await pages.visit(room.gateway);
    const problems = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]');
      const manifest = (await (await fetch(link?.href ?? '')).json()) as {
        icons: { src: string; type: string }[];
      };
      const answers = await Promise.all(
        manifest.icons.map(async ({ src, type }) => [src, type, await fetch(src)] as const),
      );
      return answers.filter(([, type, answer]) => !answer.ok || answer.headers.get('content-type') !== type)
        .length;
    });
    expect(problems).toBe(0);
  });
});

describe('the page without a network', () => {
  const room = useRoom();
  const pages = usePages();
  let wire: Wire | undefined;
  afterEach(() => wire?.close());

  it('opens from what was kept, and is the server’s again as soon as that is there', async () => {
    wire = await Wire.to(room.gateway.addresses.http);
    const page = await pages.visit(wire.gateway, { serviceWorkers: 'allow' });
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe('activated');
    wire.goAway();
    // The cache also has parts that were never asked for, and from the first visit on.
    await page.getByRole('button', { name: 'Français' }).click();
    await page.getByRole('heading', { name: 'Entrez' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Entrez' }).waitFor();

    wire.comeBack();
    await page.reload();
    await page.getByLabel('Votre nom').fill('léa');
    await page.getByLabel('Votre nom').press('Enter');
    await write(page, 'salut');
    await expectMessage(page, 'salut');
  });
});
