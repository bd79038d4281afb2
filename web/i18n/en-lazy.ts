import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import { enPrivate } from './en-private.ts';
import { enReference } from './en-reference.ts';

/** The texts of the lazy parts, in any language. */
export type LazyCatalogue = typeof enLazy;

/** The texts of the lazy parts, in English. */
export const enLazy = {
  tools: {
    jump: 'Go to',
    invite: 'Invite',
    settings: 'Settings',
    wire: 'Wire inspector',
    help: 'Commands and keys',
  },
  nameBytes: (used: number, most: number) => `${used} of ${most} bytes`,
  names: {
    'too-long': `That name is too long: at most ${MAX_LOGIN_BYTES} characters, where an accented letter counts as two, most emoji as four.`,
    'edge-space': 'A name cannot begin or end with a space.',
    invisible: 'That name contains an invisible character, as some emoji do. Try it without.',
  },
  /** Why someone who was in is out. */
  outside: {
    /** A name that this browser had last. */
    own: (login: string) =>
      `The server refused “${login}”: someone has it, or it is barred. Perhaps you have it yourself, in a tab that sleeps: go there. If it was closed only now, try again in a minute.`,
    'name-gone': (login: string) =>
      `The connection was lost, and the server will not give “${login}” back: someone has it, or it is barred now. Try again later, or take another name.`,
    banned: (login: string) =>
      `The operator of this server has banned you (“${login}”). Trying again now will not help.`,
  },
  elsewhere: {
    here: (login: string) => `You are here already, as “${login}”, in another tab.`,
    moved: (login: string) =>
      `You continued as “${login}” in another tab, which has the last messages of each conversation, 2,000 at most.`,
    called: 'The other tab is calling you: look for it among your tabs; its title is blinking.',
    asking: 'Asking the other tab…',
    goThere: 'Go there',
    continueHere: 'Continue here',
    other: 'Another name',
    ends: (names: string) =>
      `Continuing here ends the private connections of the other tab, open or asked for, with ${names}.`,
    mayEnd: 'Continuing here ends private connections of the other tab, if there are any.',
  },
  link: {
    lost: 'Connection lost. Reconnecting…',
    'name-held': 'Connected again; waiting for the server to give your name back…',
    back: 'Back. You are connected again.',
    'not-sent': 'Not connected: this was not sent.',
    unreached: (at: string) => `Still unreachable (${at}).`,
  },
  replaced:
    'The server has a newer version: reloading keeps what has not been sent yet, and the latest messages.',
  unsaved: {
    words: 'This device does not save what is said here: if this tab is closed or reloaded, it may be lost.',
    read: 'Got it',
  },
  settings: {
    when: 'You are called by your name in the room, by a direct message, and on a private connection.',
    sound: 'A soft sound',
    notifications: 'A notification, while you are not looking at this page',
    blocked: 'The browser does not allow this page to show notifications.',
    calls: 'When you are called',
    room: 'In the room',
    theme: { label: 'Theme', system: 'Same as the system', light: 'Light', dark: 'Dark' },
    voice: {
      label: 'Read out by a screen reader',
      all: 'What is said here, and what is meant for you elsewhere',
      mine: 'Only what is meant for you',
      none: 'No messages',
    },
  },
  list: {
    you: 'you',
    direct: 'Direct messages',
    mentions: (count: number) =>
      count === 1 ? 'you are mentioned once' : `you are mentioned ${count} times`,
    /** Of messages and of requests. */
    unread: (count: number) => `${count} unread`,
    writeTo: 'Write to someone',
    close: (login: string) => `Close the conversation with ${login}`,
    remove: (login: string) => `Remove ${login} from the list`,
    removePrivate: (login: string) => `Remove the private connection with ${login} from the list`,
    muted: 'Muted',
    draft: 'Draft:',
    'not-sent': 'Not sent:',
    unconfirmed: 'Perhaps not delivered:',
    readAll: (count: number) => `Mark all ${count} as read`,
    read: (count: number) => `${count} conversations marked as read`,
    closeUnanswered: (count: number) => `Close ${count} that you never answered`,
    closeEnded: (count: number) => `Close ${count} that have ended`,
    closeAll: (count: number) => `Close ${count} conversations`,
    closed: (count: number) => (count === 1 ? 'Conversation closed' : `${count} conversations closed`),
  },
  menu: {
    label: 'This conversation',
    mute: 'Mute',
    unmute: 'Stop muting',
    isMuted: 'Muted',
    isUnmuted: 'No longer muted',
    save: 'Save as text',
    close: 'Close',
  },
  ignored: {
    short: 'Ignore',
    ignore: (login: string) => `Ignore ${login}`,
    stop: (login: string) => `Stop ignoring ${login}`,
    banner: (login: string) => `You are ignoring ${login}, on this device only. Nobody is told.`,
    noMore: (login: string) => `You no longer ignore ${login}.`,
    messages: (count: number, several: boolean) =>
      `${count === 1 ? '1 message' : `${count} messages`} from ${several ? 'ignored people' : 'an ignored person'}`,
    hidden: (count: number) =>
      count === 1
        ? '1 message or request from ignored people'
        : `${count} messages or requests from ignored people`,
    title: 'Ignored on this device',
    end: 'Stop ignoring',
    nobody: 'Nobody. To ignore someone, use the list of people, the menu of a conversation, or /ignore.',
    show: (count: number) => (count === 1 ? 'Show 1 hidden message' : `Show ${count} hidden messages`),
  },
  leave: {
    title: 'Leave?',
    keeps: (login: string) =>
      `If you keep them, you will find them on this device, at your next visit as “${login}”:`,
    ends: (count: number, names: string) =>
      count === 1
        ? `The private connection with ${names} will end.`
        : `Private connections will end, with ${names}.`,
    lost: 'What will be lost on this device:',
    unseen:
      'They are kept, and come back when somebody writes there, or by “Go to”. But you have not seen everything:',
    messages: (count: number) => (count === 1 ? '1 message' : `${count} messages`),
    older: (count: number) =>
      count === 1
        ? '1 older message is not kept: save it as text if you need it.'
        : `${count} older messages are not kept: save them as text if you need them.`,
    unsent: (count: number) =>
      count === 1 ? '1 message that was not sent' : `${count} messages that were not sent`,
    drafts: (count: number) => (count === 1 ? '1 draft' : `${count} drafts`),
    keep: 'Keep for next time',
    clear: 'Leave and clear',
    close: 'Close anyway',
    cancel: 'Cancel',
  },
  people: {
    count: (count: number) => (count === 1 ? '1 person here' : `${count} people here`),
    open: 'Show who is here',
    title: 'Who is here',
    here: (count: number) => `${count} here`,
    close: 'Close the list of people',
    search: 'Search for a name',
    nobody: 'Nobody here has such a name.',
    found: (count: number) => (count === 1 ? '1 name found' : `${count} names found`),
    more: (count: number) => `${count} more. Search to find someone.`,
    notBack: (names: string) => `Here before the connection was lost, not since it came back: ${names}.`,
    showPresence: 'Show who comes and goes',
    lookAlike: {
      other: (other: string) => `Looks like “${other}”, but is somebody else.`,
      mixed: 'This name mixes alphabets whose letters look alike.',
      /** @param other null for a name that mixes alphabets */
      named: (login: string, other: string | null) =>
        other === null
          ? `The name “${login}” mixes alphabets whose letters look alike.`
          : `The name “${login}” looks like “${other}”, and is somebody else’s.`,
    },
    joined: (names: string) => `Here now: ${names}.`,
    left: (names: string) => `Gone: ${names}.`,
    others: (names: string, count: number) => `${names} and ${count} more`,
  },
  direct: {
    about: (login: string) => `Between you and ${login}.`,
    absent: (login: string) => `${login} is not connected.`,
  },
  empty: {
    room: 'It is quiet here',
    aboutRoom:
      'Nothing has been said since you came in. Everyone who is connected reads what you write here; to write to one person, choose a name in the list of people.',
    direct: (login: string) => `You and ${login}`,
    aboutDirect: (login: string) => `What you write here goes to ${login} and to nobody else.`,
    aboutPrivate: 'The server only passes it on and keeps nothing; your addresses stay hidden.',
  },
  private: enPrivate,
  log: {
    latest: 'Jump to the latest',
    latestNew: (count: number) => (count === 1 ? '1 new message below' : `${count} new messages below`),
    reasons: {
      'unknown login': (login: string) => `${login} is not connected.`,
      'to oneself': (_login: string) => 'That is you.',
      'not identified': (_login: string) => 'The server does not know you yet.',
      'not the own login': (_login: string) => 'The server knows you by another name.',
      'no such request': (_login: string) => 'There was no such request.',
      'too many requests': (_login: string) => 'There are too many requests waiting.',
    },
    delivered: 'Delivered',
    sent: 'Sent',
    newMessages: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
    notice: 'From the server:',
    marks: {
      before: 'Said while you were not here',
      now: 'From here on, you were here',
      'let-go': 'Older messages are no longer kept here.',
    },
    /** @param _ofDay `from` begins with its day */
    gap: (from: string, to: string, _ofDay: boolean) => `Not connected from ${from} to ${to}.`,
    shortGap: (at: string) => `Not connected from ${at}, for a moment.`,
    gaps: (times: number, from: string, to: string, _ofDay: boolean) =>
      `Not connected ${times} times from ${from} to ${to}.`,
    shortGaps: (times: number, at: string) => `Not connected at ${at}, ${times} times for a moment.`,
    mayMiss: 'What was said then may be missing here.',
    missesNothing: 'Nothing that the server has kept is missing here. It keeps no direct messages.',
    sending: 'Sending…',
    waiting: 'Waiting for the connection.',
    waitingForPrivate: 'Goes out once the private connection is open.',
    unsure: 'On its way when the connection was lost. Whether it arrived is not known yet.',
    notSent: (reason: string) => `Not sent. ${reason}`,
    unconfirmed: 'The connection was lost on the way: perhaps not delivered.',
    again: 'Send again',
    discard: 'Discard',
    allAgain: (count: number) => `Send ${count} messages again`,
    discardAll: (count: number) => `Discard ${count} messages`,
    sentAgain: (count: number) =>
      count === 1 ? 'Sending 1 message again' : `Sending ${count} messages again`,
    discarded: (count: number) => (count === 1 ? '1 message discarded' : `${count} messages discarded`),
  },
  density: {
    label: 'Messages',
    compact: 'Compact: one line per message',
    normal: 'Normal',
    presentation: 'Presentation: large text, no preview of direct messages',
  },
  message: {
    actions: 'Message',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'Not copied',
    quote: 'Quote',
    more: 'More',
    select: 'Select text',
    asWritten: 'Show as written',
    formatted: 'Show formatted',
  },
  find: {
    label: 'Find in this conversation',
    field: 'Find',
    none: 'Not found',
    count: (at: number, count: number) => `${at} of ${count}`,
    older: 'Older message',
    newer: 'Newer message',
  },
  composer: {
    hint: 'Enter sends, Shift + Enter starts a new line.',
    waiting: 'Go on writing: what you send waits, and goes out in order once the connection is back.',
    split: (count: number) => `Send as ${count} messages`,
    /** For those who do not see that button. */
    splitOffered: 'The button after the field sends this text as several messages.',
    left: (count: number) =>
      count === 0
        ? 'No room for another character'
        : `${count === 1 ? '1 character' : `${count} characters`} left, fewer with accents or emoji`,
    over: (characters: number, bytes: number) =>
      `${characters === 1 ? '1 character' : `${characters} characters`} too long (${bytes === 1 ? '1 byte' : `${bytes} bytes`})`,
    proposals: 'Suggestions',
    files: 'Files cannot be sent here.',
    unknown: (name: string) =>
      `There is no command “/${name}”. /help lists them all; a message can begin with // instead of /.`,
    throttled:
      'You are sending faster than the room accepts. The rest will follow, in order; nothing is lost.',
    /** @param names those that may be meant, in quotes */
    which: (names: string) =>
      `Whom do you mean: ${names}? Put the name in double quotes, exactly as it is spelt.`,
    incomplete: (usage: string) => `Write it like this: ${usage}`,
    notAsked: (login: string) => `${login} has not asked you for a private connection.`,
    notIgnored: (login: string) => `You are not ignoring ${login}.`,
    nothingToEnd: 'There is no private connection to end here.',
  },
  ...enReference,
  voice: {
    /** A name that could be taken for words of the page. */
    called: (login: string) => `a person called ${login}`,
    direct: (login: string, text: string) => `Direct message from ${login}: ${text}`,
    private: (login: string, text: string) => `Private connection with ${login}: ${text}`,
    room: (login: string, text: string) => `${login} mentions you: ${text}`,
    callers: (names: string) => `You are mentioned by ${names}.`,
    elsewhere: (count: number, names: string) => `${count} messages for you, from ${names}`,
    requests: (count: number, names: string) => `${count} requests for a private connection, from ${names}`,
    changes: (count: number, names: string) => `News of ${count} private connections, with ${names}`,
    more: (count: number) => `${count} more`,
    /** Words of somebody else in a message. */
    quoted: (text: string) => `Quote: ${text} (end of quote)`,
  },
  jump: {
    yourself: 'That is you.',
    away: 'not connected',
    label: 'A conversation or a person',
  },
};

export default enLazy;
